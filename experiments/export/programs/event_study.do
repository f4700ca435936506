* What a study of one world finds, beside what is true. NOT TESTED: no Stata was at hand. Stata 14 or later; run it in
* the folder of pairs.dta.
version 14
local outcome shoot_days
use "pairs.dta", clear
isid run date city
egen unit = group(run city)
xtset unit mdate, monthly
* What one would estimate from data: cities and months as fixed effects, errors clustered by city.
generate byte on = treated * post
xtreg `outcome' i.on i.mdate if run == run[1], fe vce(cluster city)
* What is true: the effect on the treated, and on the others (displacement).
tabulate treated if post, summarize(`outcome'_effect)
* Over all runs: estimate = truth + displaced + grown apart, run by run.
foreach y in `outcome' `outcome'_without {
    regress `y' i.treated##i.post, vce(cluster unit)
}
* An event study: months since the start, the month before as the reference.
summarize start, meanonly
generate lag = mdate - mofd(r(min))
replace lag = -6 if lag < -6
replace lag = 12 if lag > 12
generate event = cond(treated, lag + 7, 6)
xtreg `outcome' ib6.event i.mdate, fe vce(cluster unit)
