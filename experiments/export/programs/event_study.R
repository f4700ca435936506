# What a study of one world finds, beside what is true. Rscript event_study.R [OUTCOME], in the folder of the table of
# pairs. Base R reads pairs.csv; pairs.parquet needs arrow, pairs.dta needs haven.
outcome <- c(commandArgs(trailingOnly = TRUE), "shoot_days")[1]
pairs <- if (file.exists("pairs.csv")) read.csv("pairs.csv") else if (file.exists("pairs.parquet"))
  as.data.frame(arrow::read_parquet("pairs.parquet")) else as.data.frame(haven::read_dta("pairs.dta"))
for (name in c("treated", "post")) pairs[[name]] <- as.integer(pairs[[name]] %in% c(TRUE, "true", "TRUE", 1))
did <- function(world, y) {
  fit <- lm(world[[y]] ~ treated * post, data = world)
  unname(coef(fit)["treated:post"])
}
found <- do.call(rbind, lapply(split(pairs, pairs$run), function(world) {
  after <- world[world$post == 1, ]
  effect <- tapply(after[[paste0(outcome, "_effect")]], after$treated, mean)
  data.frame(estimate = did(world, outcome), truth = effect[["1"]], displaced = -effect[["0"]],
             grown_apart = did(world, paste0(outcome, "_without")))
}))
print(colMeans(found), digits = 10)
stopifnot(max(abs(found$estimate - found$truth - found$displaced - found$grown_apart)) < 1e-6 * max(1, abs(found$estimate)))
cat("the estimate is the truth, plus what is displaced, plus what would have grown apart anyway\n")
# An event study of the treated world, cities and months as fixed effects (errors clustered by city need a package):
pairs$date <- as.Date(pairs$date)
since <- function(a, b) 12 * (as.POSIXlt(a)$year - as.POSIXlt(b)$year) + as.POSIXlt(a)$mon - as.POSIXlt(b)$mon
start <- min(as.Date(pairs$start), na.rm = TRUE)
pairs$lag <- pmin(pmax(since(pairs$date, start), -6), 12)
pairs$lag <- relevel(factor(ifelse(pairs$treated == 1, pairs$lag, -1)), ref = "-1")
one <- pairs[pairs$run == pairs$run[1], ]
fit <- lm(one[[outcome]] ~ lag + factor(city) + factor(date), data = one)
print(round(coef(fit)[grepl("^lag", names(coef(fit)))], 3))
