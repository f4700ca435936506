// Words of the page in English and Chinese. A word that is not here is shown as the model says it.

const WORDS = {
  title: ["Where micro-dramas are made", "微短剧在哪里制作"],
  live: ["Live", "实时"], lesson: ["Lesson", "课程"], results: ["Results", "结果"],
  play: ["Play", "播放"], pause: ["Pause", "暂停"], step: ["Step", "单步"], again: ["From the start", "从头"], month: ["Month", "月份"],
  speed: ["Months a second", "每秒月数"], start: ["start (end of 2020)", "起点（2020 年底）"], last_month: ["the last month", "最后一个月"],
  new_world: ["New world", "新世界"], scenario: ["Scenario", "情景"], seed: ["Random seed", "运气种子"], scale: ["Scale (1 is the real industry)", "规模（1 为真实行业）"],
  parameters: ["Parameters, such as crisis_strength=2", "参数，如 crisis_strength=2"], second: ["Second world, same random draws", "并列，同样运气"], none: ["nothing", "无"], reset: ["Reset", "重置"],
  pending: ["Changed: press Reset", "已更改：请按重置"],
  split: ["Split here: B continues as a second world", "在此分叉：B 作为第二个世界继续"], one: ["Only A again", "只留 A"],
  levers: ["Levers", "杠杆"], acts_on: ["acts on", "作用于"], both: ["both", "两者"], city: ["City", "城市"], from_next: ["act from the next month on, in place of what was announced; a budget limits what levers moved after it pay", "从下月起生效，取代已公布的；预算限制此后调整的杠杆的支出"], budget_year: ["Budget, m yuan a year", "预算，百万元/年"], budget_total: ["Budget, m yuan in all", "总预算，百万元"], no_budget: ["none", "无"], add_to_announced: ["add to what was announced", "叠加于已公布的政策"],
  rent_subsidy: ["Rent subsidy", "租金补贴"], rebate: ["Rebate on spending", "支出返还"], public_studio: ["Public studios", "公共影棚"], state_space: ["State space given", "国有闲置空间"], free_scenes: ["Free public scenes", "免费公共场景"], training: ["Training", "新人培训"], state_fund: ["State fund", "国有基金"], designation: ["In the plan", "写入规划"], censorship: ["Censorship", "审查力度"], hours_cap: ["Hours cap", "工时上限"],
  unit_public_studio: ["m², in 12 months", "平方米，12 个月"], unit_state_space: ["m², in 12 months", "平方米，12 个月"], unit_free_scenes: ["scenes", "处"], unit_state_fund: ["m yuan, in 36 months", "百万元，36 个月"], unit_censorship: ["added strictness", "增加的力度"], unit_share: ["%", "%"],
  crisis: ["Property crisis", "房地产危机"], crisis_now: ["Property crisis now", "立即爆发房地产危机"], crisis_size: ["Times the observed fall", "观测跌幅的倍数"], crisis_all: ["in every city", "所有城市"],
  crisis_tells: ["{city}: house prices {now} now, {next} next month, {year} in a year (2020 = 100)", "{city}：房价现为 {now}，下月 {next}，一年后 {year}（2020 = 100）"],
  map_rent: ["Rents", "租金"], map_vacancy: ["Vacancy", "空置率"], zoom: ["Zoom", "放大"], legend_rent: ["change of office rent since 2020", "2020 年以来办公租金变化"], legend_vacancy: ["vacant office space", "空置办公面积"],
  legend_marks: ["● studios  ▲ film bases  △ being built  □ derelict malls  arcs: moves", "● 工作室  ▲ 影视基地  △ 在建  □ 废弃商场  弧线：迁移"],
  zones: ["Zones of {city}", "{city}的区域"], zone_line: ["studios: {n}, {share} % of the city's", "工作室：{n} 家，占全市 {share} %"],
  "zone:zhengzhou/centre": ["", "市中心"], "zone:zhengzhou/zhengdong": ["", "郑东新区"], "zone:zhengzhou/airport": ["", "航空港区"], "zone:xian/centre": ["", "市中心"], "zone:xian/qujiang": ["", "曲江新区"], "zone:xian/qinhan": ["", "秦汉新城"], "zone:xian/fengxi": ["", "沣西新城"], "zone:hengdian/centre": ["", "横店镇"], "zone:hengdian/dongyang": ["", "东阳"], "zone:beijing/centre": ["", "市中心"], "zone:beijing/chaoyang": ["", "朝阳商务区"], "zone:beijing/yizhuang": ["", "亦庄经济技术开发区"], "zone:shanghai/centre": ["", "市中心"], "zone:shanghai/songjiang": ["", "松江"], "zone:hangzhou/centre": ["", "市中心"], "zone:hangzhou/binjiang": ["", "滨江"], "zone:hangzhou/yuhang": ["", "余杭（良渚）"], "zone:hangzhou/linping": ["", "临平"], "zone:chongqing/centre": ["", "市中心"], "zone:chongqing/liangjiang": ["", "两江新区"], "zone:changsha/centre": ["", "市中心"], "zone:changsha/malanshan": ["", "马栏山视频文创园"], "zone:changsha/xingsha": ["", "长沙县（星沙）"],
  "zone:zhengzhou/km5": ["", "距中心 5 公里，半径 3 公里"], "zone:zhengzhou/km10": ["", "距中心 10 公里，半径 3 公里"], "zone:zhengzhou/km15": ["", "距中心 15 公里，半径 3 公里"], "zone:zhengzhou/km10_small": ["", "距中心 10 公里，半径 1.5 公里"], "zone:zhengzhou/km10_large": ["", "距中心 10 公里，半径 5 公里"],
  charts: ["Charts", "图表"], inspect: ["Inspect", "查看"], money: ["Money", "资金"], table: ["Table", "表格"], data: ["Data", "数据"],
  as_share: ["share of all cities", "占各城市份额"], as_level: ["level", "水平"], twelve: ["sum of 12 months", "12 个月合计"],
  a_net: ["Net agglomeration A_net", "净集聚指数 A_net"], a_above: ["above 1: leads last", "大于 1：领先会持续"], a_below: ["below 1: leads fade", "小于 1：领先会消退"],
  difference: ["B minus A", "B 减 A"], points: ["points", "百分点"], more_seeds: ["8 more seeds", "其他运气：再跑 8 个种子"], band_running: ["seeds {n} of {of}", "种子 {n} / {of}"], band_note: ["band: middle four fifths of {n} other seeds", "色带：另外 {n} 个种子的中间八成"],
  band_off: ["Hide", "隐藏"], one_draw: ["One random draw. Another seed may give another answer.", "这只是一次运气。换个运气可能得出不同答案。"],
  band_says: ["{n} other seeds at {month}: B − A from {low} to {high} points, mean {mean} ({from} to {to} at 95 %).", "另 {n} 个种子在 {month}：B − A 从 {low} 到 {high} 个百分点，均值 {mean}（95 % 区间 {from} 至 {to}）。"],
  studio: ["Studio", "工作室"], actor: ["Cast or crew", "演职人员"], base: ["Film base", "影视基地"], platform: ["Platform", "平台"], fund: ["Fund", "基金"], cell: ["Place", "地点"],
  kind: ["Kind", "种类"], inspect_hint: ["Click the map, or choose from a list.", "点击地图，或从列表中选择。"], gone: ["no longer exists (it closed or left)", "已不存在（关闭或离开）"], follow: ["is followed month by month", "随时间持续跟踪"], nobody: ["nobody", "没有"], members: ["Agents in this cell", "这里有谁"], whole_list: ["All cities", "所有城市"],
  payment: ["Payment", "支付"], yuan_month: ["yuan this month", "本月元"], money_note: ["What the industry pays and receives this month, in yuan; a world of scale {scale}. Municipal budgets outside film and household spending are in the list only.", "本月行业收支（元），规模 {scale}。电影以外的市政预算和家庭消费只列在表中。"],
  share: ["Share", "共享"], sharing: ["Shared live: {n} watching", "正在共享：{n} 人观看"], stop_sharing: ["Stop sharing", "停止共享"], copy_link: ["Copy link", "复制链接"], watch_link: ["Link to watch this run live", "实时观看链接"], story_link: ["Link to these worlds, seed and month", "到这些世界、种子和月份的链接"], copied: ["Copied", "已复制"],
  watching: ["You are watching a shared run. Open a world of your own:", "你正在观看共享的运行。打开自己的世界："], own_world: ["my own world", "我自己的世界"], ended: ["The run is not shared any more.", "该运行已停止共享。"],
  download: ["Download", "下载"], picture: ["Picture (PNG)", "图片（PNG）"], scenario_file: ["Scenario file (TOML)", "情景文件（TOML）"], script: ["Script that repeats it (Python)", "重现脚本（Python）"], chart_data: ["This chart (CSV)", "此图表（CSV）"],
  table_panel: ["Cities by month", "城市 × 月"], table_cells: ["Cells of the map", "地图网格"], table_flows: ["Money flows by month", "每月资金流"], table_balance: ["Balance sheets", "资产负债表"],
  theme: ["Light or dark", "明暗"], large: ["Projector: large type", "投影：大字"], language: ["中文", "English"], help: ["Help", "帮助"], close: ["Close", "关闭"],
  lost: ["The connection is lost. The run is paused and continues when it is back.", "连接已断开。运行会等待，恢复后继续。"],
  freed: ["This world was suspended after a long pause.", "闲置已久，世界已收起。"], continue: ["Continue", "继续"],
  hurrying: ["Running to {month} …", "正在运行到 {month} …"], retry: ["Try again", "重试"],
  next: ["Next", "下一步"], back: ["Back", "上一步"], predict: ["Predict first", "先做预测"], you_said: ["Your prediction", "你的预测"], came_out: ["In this run", "本次结果"], right: ["As predicted.", "与你的预测一致。"], wrong: ["Not as predicted.", "与你的预测不同。"], notice: ["Notice", "留意"], begin_lesson: ["A story in ten steps. Each asks what you expect before it shows what happens.", "十步故事。每步先设场景，问你的预期，再展示结果。"], leave_lesson: ["Continue on your own from here", "从这里自由继续"],
  folder: ["Sweep", "扫描"], outcome: ["Outcome", "结果变量"], view: ["View", "视图"], effects: ["Effects", "效应"], heat: ["Heat map", "热图"], paths: ["Paths", "路径"], filter: ["Only", "仅"], all: ["all", "全部"], no_sweeps: ["No sweeps in the folder of results yet. Make one: microdrama sweep experiments/studies/crisis_and_policy.toml --out results/first", "结果文件夹里还没有扫描。先做一个：microdrama sweep experiments/studies/crisis_and_policy.toml --out results/first"], effect_note: ["Difference from the first row, paired by seed, with 95 % intervals", "与第一行之差，按种子配对，95 % 区间"], level_note: ["mean of the seeds", "种子均值"], across: ["across", "横轴"], up: ["up", "纵轴"], column: ["Column", "列"], too_few: ["This needs factors with at least two values.", "需要至少两个取值的因素。"],
  happened: ["On the chart", "图上标记"], peak: ["house price peak", "房价峰值"],
  shoot_days: ["Shooting days", "拍摄天数"], studios: ["Studios", "工作室"], value_yuan: ["Value", "产值"], released: ["Series released", "上线剧集"], workers: ["Cast and crew", "演职人员"], rent_yuan_m2_month: ["Office rent", "办公租金"], vacancy_rate: ["Office vacancy", "办公空置率"], house_index: ["House prices", "房价"], derelict_malls: ["Derelict malls", "废弃商场"], base_crews: ["Room in film bases", "基地容量"], actor_yuan_day: ["Day rate of actors", "演员日薪"], series_cost_yuan: ["Cost of a series", "单剧成本"], film_spent_yuan: ["Public money for film", "公共电影支出"], film_budget_yuan: ["Film budget left", "剩余电影预算"], land_income_yuan: ["Land revenue", "土地收入"], film_tax_yuan: ["Taxes of the industry", "行业税收"], wages_yuan: ["Wages", "工资"], overseas_started: ["Overseas series", "海外剧"], rebate_rate: ["Rebate", "返还率"], rent_subsidy_rate: ["Rent subsidy", "租金补贴率"], designated: ["In the plan", "写入规划"], tolerance: ["Tolerance", "容忍度"],
  sector_ST: ["Studios", "工作室"], sector_FB: ["Film bases", "影视基地"], sector_HH: ["Cast and crew", "演职人员"], sector_PL: ["Platforms", "平台"], sector_IP: ["Publishers", "出版方"], sector_SF: ["State funds", "国有基金"], sector_PF: ["Private funds", "私募基金"], sector_CG: ["Cities", "城市"], sector_LL: ["Landlords", "房东"], sector_RC: ["Rest of China", "国内其他"], sector_RW: ["Abroad", "国外"],
  fact_cash_yuan: ["deposits", "存款"], fact_born: ["began", "开始"], fact_city: ["city", "城市"], fact_quality: ["quality", "质量"], fact_expected: ["expected earnings of a series: paid / ad / overseas", "单剧预期收入：付费／广告／海外"], fact_idle_months: ["months since the last project", "距上个项目的月数"], fact_released: ["series released so far", "已上线剧集"], fact_revenue_fen: ["revenue this month", "本月收入"], fact_private_fund: ["private fund with a stake", "持股的私募基金"], fact_state_fund: ["state fund with a stake", "持股的国有基金"], fact_hits: ["hits (decaying)", "爆款（渐消）"], fact_role: ["role", "角色"], fact_skill: ["skill", "技能"], fact_days_worked: ["days worked this month", "本月工作天数"], fact_fatigue: ["fatigue", "疲劳"], fact_usual_fen: ["income of a usual month", "平常月收入"], fact_earned_fen: ["income this month", "本月收入"], fact_hired_fen: ["film income so far", "累计影视收入"], fact_crews: ["crews it can host at once", "可同时容纳的剧组"], fact_floor_m2: ["floor space", "面积"], fact_usual_use: ["recent use", "近期利用率"], fact_debt_fen: ["debt", "债务"], fact_public: ["owned by the city", "市属"], fact_genre: ["sets", "布景"], fact_gross_fen: ["spending of viewers and advertisers this month", "本月观众与广告支出"], fact_mode: ["earns by", "盈利方式"], fact_share: ["share of the mode", "份额"], fact_raised_fen: ["capital raised so far", "累计募资"], fact_invested_fen: ["invested so far", "累计投资"], fact_returned_fen: ["dividends so far", "累计分红"], fact_rent: ["office rent", "办公租金"], fact_rent_2020: ["office rent at the start", "期初办公租金"], fact_vacancy: ["office vacancy", "办公空置率"], fact_distance_km: ["distance from the centre", "距市中心"], fact_derelict: ["derelict malls", "废弃商场"],
  flow_viewer_spending: ["viewers unlock episodes", "观众付费解锁"], flow_advertising: ["advertising on free platforms", "免费平台广告"], flow_overseas_spending: ["overseas viewers and advertisers", "海外观众与广告"], flow_promotion: ["traffic bought", "购买流量"], flow_commission: ["work made for hire", "定制制作费"], flow_revenue_share: ["share of revenue", "收入分成"], flow_wages: ["pay by the day", "日薪"], flow_set_hire: ["film bases by the day", "基地场租"], flow_office_rent: ["offices", "办公租金"], flow_script: ["scripts", "剧本"], flow_inputs: ["equipment, post-production, overhead", "设备、后期、日常开支"], flow_rebate: ["rebate", "返还"], flow_rent_subsidy: ["rent subsidy", "租金补贴"], flow_training: ["training of newcomers", "新人培训"], flow_filing_service: ["help with filing", "备案服务"], flow_land_sales: ["land-use rights sold", "卖地"], flow_city_taxes: ["other municipal revenue", "其他市政收入"], flow_city_spending: ["municipal spending outside film", "电影以外市政支出"], flow_equity: ["equity bought", "购买股权"], flow_film_tax: ["local taxes", "地方税"],
  scenario_baseline: ["Baseline", "基准"], scenario_ai_series: ["AI-made series", "人工智能剧"], scenario_censorship_campaign: ["Censorship campaign", "审查运动"], scenario_crisis_everywhere: ["Crisis everywhere", "处处危机"], scenario_deep_crisis: ["Deep crisis", "深度危机"], scenario_early_zhengzhou: ["Zhengzhou acts early", "郑州早行动"], scenario_hours_cap: ["Hours cap", "工时上限"], scenario_late_zhengzhou: ["Zhengzhou acts late", "郑州晚行动"], scenario_neither: ["Neither crisis nor policy", "无危机也无政策"], scenario_no_crisis: ["No property crisis", "无房地产危机"], scenario_no_policy: ["No policy", "无政策"], scenario_no_state_funds: ["No state funds", "无国有基金"], scenario_parks: ["Parks for studios", "工作室园区"], scenario_open_scenes: ["Public scenes open for nothing", "公共场景免费开放"], scenario_overseas_boom: ["Overseas boom", "海外繁荣"], scenario_policy_withdrawal: ["Policy withdrawal", "政策退出"], scenario_recovery: ["Property recovery", "房价恢复"], scenario_subsidy_race: ["Subsidy race", "补贴竞赛"], scenario_swapped: ["Xi'an and Zhengzhou swapped", "西安与郑州互换"],
  flow_guarantee: ["", "保底金，从分成中抵扣"], flow_novel_sales: ["", "由剧集带动的小说销售"], flow_author_share: ["", "作者的版权分成"], flow_foreign_cast: ["", "外籍演员及机票"], flow_california: ["", "在加州拍摄的剧集"], flow_location_hire: ["", "基地以外的场地费"], flow_shell_lease: ["", "改造楼宇的租金"], flow_space_lease: ["", "城市为影视基地无偿提供空间所付的租金"], flow_scene_hire: ["", "城市代剧组支付的公共场景场地费"], flow_park_services: ["", "城市为园区内工作室支付的服务"], flow_housing: ["", "城市为工作室员工支付的住房"], flow_platform_costs: ["", "平台所有者：投入资本，支出成本与利润"], flow_base_capex: ["", "把楼宇改造成影视基地"], flow_public_capex: ["", "城市建设的影视基地"], flow_base_surplus: ["", "影视基地上交所有者的盈余"], flow_fund_capital: ["", "向城市催缴与返还的资本"], flow_fund_claw_back: ["", "未兑现的本地支出承诺的追回"], flow_private_capital: ["", "私募基金：投入资本与分配"], flow_fund_fees: ["", "管理费与业绩分成"], flow_dividends: ["", "付给基金的利润与清算所得"], flow_founders: ["", "创始人投入与提款"], flow_loans: ["", "银行贷款与还款"], flow_interest: ["", "银行贷款利息"], flow_write_offs: ["", "企业关闭时银行核销的透支"], flow_fines: ["", "检查发现问题的罚款"], flow_consumption: ["", "演职人员在居住地的消费"], flow_landlords_income: ["", "房东支出其影视收入"],
  "unit:0-1": ["0-1", "0–1"], "unit:2020-12 = 100": ["2020-12 = 100", "2020 年 12 月 = 100"], "unit:bases": ["bases", "个基地"], "unit:basis points": ["basis points", "基点"], "unit:crew-days": ["crew-days", "剧组·天"], "unit:crews": ["crews", "个剧组"], "unit:days": ["days", "天"], "unit:hours": ["hours", "小时"], "unit:hours/day": ["hours/day", "小时/天"], "unit:index": ["index", "指数"], "unit:log": ["log", "对数"], "unit:m2": ["m²", "平方米"], "unit:scenes": ["scenes", "处场景"], "unit:malls": ["malls", "家商场"], "unit:months": ["months", "个月"], "unit:multiples": ["multiples", "倍数"], "unit:persons": ["persons", "人"], "unit:series": ["series", "部剧集"], "unit:share": ["share", "份额"], "unit:share in force": ["share in force", "生效份额"], "unit:studios": ["studios", "家工作室"], "unit:yuan": ["yuan", "元"], "unit:yuan/day": ["yuan/day", "元/天"], "unit:yuan/m2/month": ["yuan/m²/month", "元/平方米/月"],
  about_baseline: ["", "房价按观测下跌，政府按已公布的政策行事，市场按实际走势发展到 2024 年，此后趋稳。"],
  about_ai_series: ["", "2026 至 2028 年，人工智能剧占去剧集支出的三分之二，真人拍摄失去这一部分。"],
  about_censorship_campaign: ["", "2025 至 2026 年，审查与检查同 2022–23 年专项整治一样严格。"],
  about_crisis_everywhere: ["", "各城市房价相对 2021 年 6 月的跌幅都与跌得最深的城市相同。"],
  about_deep_crisis: ["", "房价相对 2021 年 6 月的变动是观测值的两倍。"],
  about_early_zhengzhou: ["", "除已公布的政策外，郑州在 2022 年把该行业列入规划，补贴工作室一半租金，并建设公共基地。"],
  about_hours_cap: ["", "自 2025 年起，各地每个拍摄日最长 12 小时。"],
  about_late_zhengzhou: ["", "郑州公布的各项政策都推迟三年。"],
  about_neither: ["", "房价停在 2021 年 6 月的水平，政府不作为：行业自行发展。"],
  about_no_crisis: ["", "房价停在 2021 年 6 月的水平；其余与基准相同。"],
  about_no_policy: ["", "政府对该行业不作为；房价按观测下跌。"],
  about_no_state_funds: ["", "城市基金不入股工作室；其余与基准相同。"],
  about_parks: ["", "郑州的工作室会看周围有谁、园区给什么；在离市中心不同距离处设有同样大小的区域，也有大小不同的区域，政策可在其中实施。目前尚无政策。"],
  about_open_scenes: ["", "郑州的一百处公共场景是剧组可免费拍摄的街道、公园、学校与病房，而不是城市建造的影棚。"],
  about_overseas_boom: ["", "海外市场始终是基准的三倍。"],
  about_policy_withdrawal: ["", "2026 年底以前按已公布的政策；自 2027 年起各城市不再扶持该行业。"],
  about_recovery: ["", "自 2026 年起，房价与 2021 年 6 月的差距每两年缩小一半。"],
  about_subsidy_race: ["", "城市竞相模仿彼此的规划与返还，并把本地影视支出的价值看高一倍。"],
  about_swapped: ["", "西安与郑州互换各项投入与已公布的政策，只保留名称和位置。"],
};

const HELP = {
  en: [
    ["What is it?", "A simulated industry: studios, cast and crew, platforms, city officials and investment funds in eight cities, month by month from 2021. Every cell of the map has floor space, a rent and vacancy."],
    ["How to use it", "Play, pause, step, or drag the month. Pull a lever while it runs: it acts from the next month on. Split the world in two and change one of them: both have the same random draws, so all differences come from your change. Click anything on the map."],
    ["Things to notice", "One run is one random draw: press '8 more seeds' before you believe a difference. The sign of the crisis is an outcome, not an input."],
    ["Things to try", "A crisis in 2022 and in 2026; a rebate in one city and then in its rival; subsidies that end after two years."],
    ["Keys", "Space: play or pause · → or S: step · + and −: speed · R: reset · C: crisis now · B: split or join worlds · M: rents or vacancy · Z: zoom · 1–8: city · L: language · T: theme · P: large type · ?: this help"],
  ],
  zh: [
    ["这是什么？", "一个模拟行业：八座城市里的工作室、演职人员、平台、官员和基金，从 2021 年起逐月运行。地图每一格都有楼面、租金和空置率。"],
    ["如何使用", "播放、暂停、单步，或拖动月份。运行中拉动杠杆，下月起生效。把世界一分为二并改变其中一个：运气相同，差别只来自你的操作。点击地图上的任何东西。"],
    ["留意什么", "一次运行只是一次运气：在相信差异之前先按“其他运气”。危机的好坏是结果，不是输入。"],
    ["可以试试", "2022 年与 2026 年的危机；先在一座城市、再在它的对手给返还；两年后取消的补贴。"],
    ["按键", "空格：播放或暂停 · → 或 S：单步 · + −：速度 · R：重置 · C：立即危机 · B：分叉或合并 · M：租金或空置率 · Z：放大 · 1–8：城市 · L：语言 · T：明暗 · P：大字 · ?：帮助"],
  ],
};

export const help = (language) => HELP[language];

export function translator(language) {
  const at = language === "zh" ? 1 : 0;
  return (key, values = {}) => {
    if (typeof values === "string") return WORDS[key]?.[at] || values;
    const text = WORDS[key]?.[at] ?? key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  };
}
