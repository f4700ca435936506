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
# A map of offices at the end, in the city that has most; a cell is one everywhere: studios, bases and malls carry it.
if (file.exists("data/cells.dta")) {
  cells <- read_dta("data/cells.dta")
  stopifnot(!anyDuplicated(cells[, c("run", "date", "cell")]))
  cells <- cells[cells$date == max(cells$date), ]
  in_city <- ave(cells$studios, cells$city, FUN = sum)
  map <- cells[in_city == max(in_city), ]
  print(tapply(map$studios, as_factor(map$zone), sum))
  plot(map$dx_km, map$dy_km, asp = 1, pch = 0, col = "grey80", xlab = "km east of the centre", ylab = "km north")
  symbols(map$dx_km, map$dy_km, circles = sqrt(map$studios), inches = 0.15, add = TRUE)
}
# Where each studio is on that map: merge(studios, cells[, c("run", "date", "cell", "dx_km", "dy_km")])
# The same tables with arrow, categories as factors: arrow::read_parquet("data/panel.parquet")
