# Opens the data, and shows what one does with it. Run it in the folder of the package; needs haven (or arrow).
library(haven)
runs <- read_dta("data/runs.dta")
print(summary(runs[, c("city_share_shoot_days", "hhi_shoot_days", "studios")]))
if (file.exists("data/panel.dta")) {
  panel <- read_dta("data/panel.dta")
  panel$city <- as_factor(panel$city)
  stopifnot(!anyDuplicated(panel[, c("run", "date", "city")]), inherits(panel$date, "Date"))
  fit <- lm(log(rent_yuan_m2_month) ~ house_index + city, data = panel)
  print(coef(summary(fit))["house_index", ])
}
# The same tables with arrow, categories as factors: arrow::read_parquet("data/panel.parquet")
