"""One running node: settings, addresses, server, demo. The only place that sees every part."""
