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
