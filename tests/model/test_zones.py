"""Zones of cities: reading, what is wrong with them, the cells they have, and policies that name them."""

import dataclasses

import numpy as np
import pytest

from microdrama.model import MicroDramaEconomy
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.parameters import make_parameters
from microdrama.model.inputs.policies import Window
from microdrama.model.inputs.scenario import load_scenario
from microdrama.model.inputs.writing import write_scenario
from microdrama.model.inputs.zones import has_cells, make_zone, shipped_zones
from microdrama.model.region import Region

GOOD = {"city": "xian", "zone": "mypark", "dx_km": 4, "dy_km": -3, "radius_km": 3}
PARK = """
[parameters]
office_choice = "nearby"
[[zone]]
city = "xian"
zone = "mypark"
dx_km = 4
dy_km = -3
radius_km = 3
"""
POLICY = """
[[policy]]
city = "xian"
zone = "mypark"
instrument = "park_services"
start = "2023-01"
size = 8000
cap_yuan_firm_year = 90000
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"city": "xiann"}, "unknown city 'xiann'; did you mean 'xian'"),
        ({"zone": "My Park"}, "a short name in lower-case letters, such as 'airport', not 'My Park'"),
        ({"kind": "airpotr"}, "unknown kind 'airpotr'; did you mean 'airport'"),
        ({"radius_km": 0}, r"radius_km = 0 is not in 0.1 to 100 \[km\]"),
        ({"radius_km": ""}, "'radius_km' is missing"),
        ({"dx_km": "4 km"}, r"dx_km = '4 km' is not a number \[km\]"),
        ({"dy_km": 400}, r"dy_km = 400 is not in -100 to 100 \[km\]"),
        ({"radius": 3}, "unknown key 'radius'; did you mean 'radius_km'"),
    ],
)
def test_a_bad_zone_is_named_in_a_line(change, message):
    with pytest.raises(InputError, match=message) as error:
        make_zone(GOOD | change, shipped_cities().slugs, "here")
    assert len(error.value.problems) == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('zone = "mypark"\ninst', 'zone = "mypork"\ninst', "xian has no such zone; did you mean 'mypark'"),
        ('"xian"\nzone = "mypark"\ninst', '"all"\nzone = "mypark"\ninst', "a zone is part of one city; name the city"),
        ('"park_services"', '"rebate"', "'zone': rebate knows no place inside a city \\(allowed for rent"),
        ('"park_services"', '"state_fund"', "'cap_yuan_firm_year': state_fund is not given to single studios"),
        ("size = 8000", "size = -1", "must be a number from 0 to 1e\\+06 \\[yuan/studio/month\\]"),
        ("= 90000", "= 9", "must be a number of yuan from 100 to 1e9"),
        ("= 90000", '= "90k"', "must be a number of yuan from 100 to 1e9"),
        ('"nearby"', '"cell"', "policy by zone \\(park_services\\) needs office_choice = 'nearby'"),
        ("radius_km = 3", "radius_km = 0.2", "has no cell \\(2 km wide\\) with its middle in it: give it"),
        (
            '"nearby"\n[[zone]]\ncity = "xian"\nzone = "mypark"\ndx_km = 4',
            '"nearby"\nzone_cells = false\n[[zone]]\ncity = "xian"\nzone = "mypark"\ndx_km = 40',
            "zone_cells = true if it lies beyond the city",
        ),
        ('zone = "mypark"\ndx', 'zone = "qinhan"\ndx', "zone 'qinhan' of xian is given twice"),
    ],
)
def test_a_bad_policy_by_zone_is_named_in_a_line(old, new, message, tmp_path):
    text = (PARK + POLICY).replace(old, new).replace("dy_km = -3", "dy_km = -3.1")
    assert text != PARK + POLICY
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(InputError, match=message):
        load_scenario(tmp_path / "s.toml")


def test_a_total_has_one_zone_in_a_city_and_needs_no_rule_for_offices(tmp_path):
    space = POLICY.replace("park_services", "state_space").replace("cap_yuan_firm_year = 90000\n", "")
    park = PARK.replace('"nearby"', '"cell"')
    (tmp_path / "s.toml").write_text(park + space + space.replace("mypark", "qinhan"))
    with pytest.raises(InputError, match="state_space in xian is for the zones 'mypark', 'qinhan': a city"):
        load_scenario(tmp_path / "s.toml")
    (tmp_path / "t.toml").write_text(park + space + space.replace('zone = "mypark"\n', ""))
    notes = load_scenario(tmp_path / "t.toml").notes
    assert any("one of them for zone 'mypark': they are added up, and budgets are shared" in note for note in notes)


def test_windows_that_replace_each_other_do_so_by_zone(tmp_path):
    later = POLICY.replace("2023-01", "2024-01").replace("size", 'mode = "replace"\nsize')
    elsewhere = later.replace("mypark", "qinhan")
    (tmp_path / "s.toml").write_text(PARK + POLICY + later + elsewhere)
    notes = load_scenario(tmp_path / "s.toml").notes
    assert any("the second replaces the first" in note for note in notes)
    (tmp_path / "t.toml").write_text(PARK + POLICY + later + later)
    with pytest.raises(InputError, match="two windows replace park_services in xian"):
        load_scenario(tmp_path / "t.toml")
    city_wide = POLICY.replace('zone = "mypark"\n', "")
    (tmp_path / "u.toml").write_text(PARK + POLICY + city_wide)
    assert any(
        "one of them for zone 'mypark': studios there get both" in n for n in load_scenario(tmp_path / "u.toml").notes
    )


def test_a_scenario_with_zones_is_the_same_when_read_again(tmp_path):
    (tmp_path / "s.toml").write_text(PARK + POLICY)
    scenario = load_scenario(tmp_path / "s.toml")
    assert scenario.zones[-1] == make_zone(GOOD, shipped_cities().slugs, "")
    assert (scenario.policies[-1].zone, scenario.policies[-1].cap_yuan_firm_year) == ("mypark", 90_000)
    write_scenario(scenario, tmp_path, "again")
    assert load_scenario(tmp_path / "again.toml").fingerprint == scenario.fingerprint
    assert scenario.fingerprint != load_scenario("baseline").with_values({"office_choice": "nearby"}).fingerprint


def test_zones_of_ones_own_stand_in_for_the_shipped_ones(tmp_path):
    (tmp_path / "z.csv").write_text("city,zone,dx_km,dy_km,radius_km\nxian,old,0,0,4\n")
    (tmp_path / "s.toml").write_text('zones = "z.csv"\n')
    (tmp_path / "s.csv").write_text("name,value\nzones,z.csv\n")
    for name in ("s.toml", "s.csv"):
        assert [zone.slug for zone in load_scenario(tmp_path / name).zones] == ["old"]
    (tmp_path / "z.csv").write_text("city,zone,dx_km,dy_km,radius_km\nxian,old,0,0,4\nxian,old,1,1,4\n")
    with pytest.raises(InputError, match="zone 'old' of xian is given twice"):
        load_scenario(tmp_path / "s.toml")


@pytest.mark.parametrize("zone_cells", [False, True])
def test_cells_of_zones(zone_cells):
    """By hand: middles within the radius, of the city alone; those beyond the disc only if they may bring their own."""
    cities, p = shipped_cities(), make_parameters({"zone_cells": zone_cells})
    region, plain = Region(cities, p, shipped_zones()), Region(cities, make_parameters({"zone_cells": False}))
    assert len(plain.x) + 100 < len(region.x) if zone_cells else len(plain.x) == len(region.x)
    assert set(plain.key.tolist()) <= set(region.key.tolist()) and len(set(region.key.tolist())) == len(region.key)
    for zone, found in zip(region.zones, region.zone_cells, strict=True):
        assert (region.city[found] == cities.slugs.index(zone.city)).all()
        apart = np.hypot(2.0 * region.dx - zone.dx_km, 2.0 * region.dy - zone.dy_km)
        inside = (apart <= zone.radius_km) & (region.city == cities.slugs.index(zone.city))
        np.testing.assert_array_equal(np.flatnonzero(inside), found)
        radius = cities.built_radius_km[cities.slugs.index(zone.city)]
        assert has_cells(zone, radius, p) == (len(found) > 0)
        if zone_cells:
            assert abs(len(found) * 4 - np.pi * zone.radius_km**2) < 8 * np.pi * zone.radius_km
    for city, slug in enumerate(cities.slugs):
        cells = slice(*region.first[city : city + 2])
        assert region.stock_m2[cells].sum() == pytest.approx(plain.city_stock_m2[city], rel=1e-12), slug
        order = region.dy[cells] * 1000 + region.dx[cells]
        assert (np.diff(order) > 0).all()


def test_a_ninth_city_moves_no_key():
    cities = shipped_cities()
    fewer = dataclasses.replace(
        cities,
        keys=cities.keys[1:],
        texts={name: column[1:] for name, column in cities.texts.items()},
        numbers={name: column[1:] for name, column in cities.numbers.items()},
    )
    p = make_parameters({})
    assert set(Region(fewer, p).key.tolist()) < set(Region(cities, p).key.tolist())


def test_a_branch_may_bring_zones_and_policies_for_them(tmp_path):
    (tmp_path / "s.toml").write_text(PARK + POLICY)
    economy = MicroDramaEconomy("baseline", rng=1, scale=0.05)
    economy.run_for(26)
    park = economy.branch(load_scenario(tmp_path / "s.toml"))
    park.run_for(12)
    assert park.panel.array("paid_park_services_yuan")[-12:].sum() > 0
    economy.run_for(12)
    assert not economy.panel.array("paid_park_services_yuan").any()


def test_what_studios_get_in_parts_of_cities_is_paid_by_cities():
    """Money: services to suppliers, housing to landlords, subsidies to studios; the promises of the panel say so."""
    scenario = load_scenario("baseline")
    scenario.policies = tuple(
        Window("zhengzhou", name, 2, size, zone="centre", budget_yuan_year=1e6)
        for name, size in (("park_services", 900.0), ("housing", 5e5), ("rent_subsidy", 0.5))
    )
    economy = MicroDramaEconomy(scenario, rng=1, scale=0.1)
    economy.run_for(30)
    flows = economy.panel.flows()
    for name, payee in (("park_services", "RC"), ("housing", "LL"), ("rent_subsidy", "ST")):
        booked = flows["fen"][(flows["flow"] == name) & (flows["payee"] == payee)].sum() / 100
        paid = economy.panel.array(f"paid_{name}_yuan").sum()
        assert paid == pytest.approx(booked) and 0 < paid <= 30 / 12 * 1e5 + 1
    claimed, paid = (economy.panel.array(f"{what}_housing_yuan").sum() for what in ("claimed", "paid"))
    assert claimed > 2 * paid  # at most the overhead that services leave, and prorated
