"""The stage view: pads, macros, crossfader and prompt line, from which no graph can be broken."""
