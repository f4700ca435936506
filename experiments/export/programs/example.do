* Opens the data, and shows what one does with it. Stata 14 or later; run it in the folder of the package.
version 14
use "data/runs.dta", clear
isid run
notes list in 1
describe, fullnames
summarize city_share_shoot_days hhi_shoot_days studios
capture confirm file "data/panel.dta"
if !_rc {
    use "data/panel.dta", clear
    isid run date city
    egen unit = group(run city)
    xtset unit mdate, monthly
    generate log_rent = ln(rent_yuan_m2_month)
    xtreg log_rent house_index, fe vce(cluster city)
}
* A map of offices at the end, in the city that has most; a cell is one everywhere: studios, bases and malls carry it.
capture confirm file "data/cells.dta"
if !_rc {
    use "data/cells.dta", clear
    isid run date cell
    quietly summarize date
    keep if date == r(max)
    egen in_city = total(studios), by(city)
    quietly summarize in_city
    keep if in_city == r(max)
    tabulate zone [fweight = studios], missing
    twoway (scatter dy_km dx_km, msymbol(square_hollow) mcolor(gs13)) ///
        (scatter dy_km dx_km [fweight = studios] if studios > 0, msymbol(circle_hollow)), ///
        aspectratio(1) legend(off) xtitle("km east of the centre") ytitle("km north") name(map, replace)
}
* Where each studio is on that map: merge m:1 run date cell using "data/cells.dta", keepusing(dx_km dy_km)
