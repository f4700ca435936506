"""Priors: where parameters may lie before the data are seen, a row each, with the reason."""

from __future__ import annotations

from .samplers import Factor

HALF = "half to double of what is assumed"
AROUND = "a range around what is assumed, or that of the sources"

ENSEMBLE = (
    Factor("location_scale", low=0.1, high=0.4, log=True, reason=HALF),
    Factor("away_cost", low=0.075, high=0.3, log=True, reason=HALF),
    Factor("agglomeration_scale", low=0.25, high=2.5, log=True, reason=AROUND),
    Factor("entry_scale", low=0.25, high=1.0, log=True, reason=HALF),
    Factor("entry_elasticity", low=0.25, high=1.0, log=True, reason=HALF),
    Factor("spinoff_share", low=0.2, high=0.6, reason=AROUND),
    Factor("relocation_rate", low=0.01, high=0.04, log=True, reason=HALF),
    Factor("delay_aversion", low=0.1, high=0.4, log=True, reason=HALF),
    Factor("queue_aversion", low=0.05, high=0.2, log=True, reason=HALF),
    Factor("wage_response", low=0.02, high=0.08, log=True, reason=HALF),
    Factor("wage_floor", low=0.7, high=1.1, reason=AROUND),
    Factor("migration_opportunity", low=0.015, high=0.06, log=True, reason=HALF),
    Factor("migration_cost", low=0.75, high=3.0, log=True, reason=HALF),
    Factor("newcomer_rate", low=0.6, high=2.4, log=True, reason=HALF),
    Factor("commission_share", low=0.4, high=0.9, reason=AROUND),
    Factor("recommender_feedback", low=0.2, high=0.8, reason=AROUND),
    Factor("rent_elasticity", low=0.4, high=1.2, log=True, reason=AROUND),
    Factor("crisis_demand_elasticity", low=0.9, high=2.7, reason=AROUND),
    Factor("conversion_rate", low=0.01, high=0.04, log=True, reason=HALF),
    Factor("land_price_elasticity", low=1.5, high=3.3, reason=AROUND),
    Factor("film_budget_share", low=0.0025, high=0.02, log=True, reason=AROUND),
    Factor("designation_appeal", low=0.0, high=0.1, reason=AROUND),
    Factor("imitation_rate", low=0.001, high=0.004, log=True, reason=HALF),
)
"""Of the prior ensemble: what is assumed or estimated and matters, and is no lever of a study."""

CALIBRATION = (
    Factor("agglomeration_scale", low=0.0, high=3.0, reason="none to three times the weights the literature suggests"),
    Factor(
        "location_scale",
        low=0.05,
        high=0.5,
        log=True,
        reason="cost elasticities of 2 to 20 (star scientists, film incentives)",
    ),
    Factor("entry_rate", low=0.2, high=4.0, log=True, reason="no source: twenty to one"),
    Factor("away_cost", low=0.0, high=0.6, reason="nothing to half of the cost of a series"),
    Factor(
        "content_share_paid", low=0.1, high=0.2, reason="at most what buying traffic leaves (F054), at least half of it"
    ),
    Factor(
        "content_share_ad", low=0.1, high=0.35, reason="no source: as little as where viewers pay, to twice as much"
    ),
    Factor("conversion_rate", low=0.002, high=0.05, log=True, reason="no source: twenty-five to one"),
    Factor(
        "crisis_demand_elasticity",
        low=0.3,
        high=2.5,
        log=True,
        reason="demand for space reacts less or more than house prices",
    ),
)
"""Of the calibration: parameters that are estimated, at most eight; the others are pinned or swept."""
