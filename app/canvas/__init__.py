"""The node graph's surface: `CanvasScene` has the items, `CanvasView` shows them."""
