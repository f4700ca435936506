"""The page for tests, with a model that breaks in April 2021 for one seed: ``python serve.py PORT``."""

import os
import sys

os.environ |= {"SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false", "SOLARA_THEME_SHOW_BANNER": "false"}
BREAKS = 666


def main():
    from microdrama.dashboards.serve import main as serve
    from microdrama.model import MicroDramaEconomy

    step = MicroDramaEconomy.step

    def breaking(economy):
        if getattr(economy, "seed", 0) == BREAKS and economy.month == 2:
            economy.month += 1
            raise ZeroDivisionError("meant to break")
        step(economy)

    MicroDramaEconomy.step = breaking
    sys.argv = [
        "serve",
        "run",
        "microdrama.dashboards.pages.app",
        "--production",
        "--no-open",
        "--port",
        sys.argv[1],
        "--host",
        "127.0.0.1",
    ]
    serve()


if __name__ == "__main__":
    main()
