"""The classes of the classic system over this engine; `autotrain_tui.api` is what programs import."""
