"""Reports: pages, figures and tables made from runs."""
