"""WooCommerce's own webhooks, as the plugin sends them."""
