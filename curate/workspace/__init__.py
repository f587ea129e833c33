"""An author's workspace: its configuration, records, stamps and decisions."""
