"""Talk to a Label Studio server, or run one."""
