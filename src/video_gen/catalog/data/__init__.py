"""One TOML file for each provider: the provider's table and its models' cards. No code."""
