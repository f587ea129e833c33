"""Published datasets: read any layout, write any layout, and what lies beside them."""
