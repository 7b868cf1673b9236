"""Who may ask what: tokens, cookies, hosts, origins, sizes and rates."""
