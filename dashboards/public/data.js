// What the server sends, unpacked, and what is derived from it for charts.

export const SHARED = ["shoot_days", "studios", "value_yuan", "released", "workers", "wages_yuan", "base_crews"];
export const FLOWS = ["shoot_days", "value_yuan", "released", "film_spent_yuan", "land_income_yuan", "film_tax_yuan", "wages_yuan", "overseas_started", "venue_days"];

function bytes(view) {
  return view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
}

// One world's map: see dashboards/world.py, World.picture.
function picture(buffer, lengths, cells) {
  let at = 0;
  const words = (n) => {
    const found = new Uint16Array(buffer, at, n);
    at += 2 * n;
    return found;
  };
  const octets = (n) => {
    const found = new Uint8Array(buffer, at, n);
    at += n;
    return found;
  };
  const world = { from: words(lengths[0]), to: words(lengths[1]), rent: octets(lengths[2]), vacancy: octets(lengths[3]) };
  ["studios", "bases", "building", "malls", "use"].forEach((name, i) => {
    const bits = octets(lengths[4 + 2 * i]);
    const counts = octets(lengths[5 + 2 * i]);
    const all = (world[name] = new Uint8Array(cells));
    for (let cell = 0, next = 0; cell < cells; cell++) if ((bits[cell >> 3] >> (cell & 7)) & 1) all[cell] = counts[next++];
  });
  return world;
}

export class Store {
  constructor() {
    this.place = null;
    this.worlds = [];
    this.before = [];
    this.history = [];
    this.month = 0;
    this.frame = -1;
    this.arrived = 0;
    this.interval = 300;
    this.clearBand();
  }

  clearBand() {
    this.band = { seeds: [], of: 0, failed: 0 };
  }

  setPlace(place) {
    this.place = place;
    this.worlds = this.before = [];
    this.history = [];
    this.furthest = { rent: 0.1, vacancy: 0.1 };
    this.clearBand();
  }

  take(header, buffers) {
    const cells = this.place.x.length;
    const k = this.place.slugs.length;
    const n = header.worlds.length;
    const now = performance.now();
    this.interval = Math.min(Math.max(now - this.arrived, 40), 1000);
    this.arrived = now;
    const next = header.worlds.map((told, i) => ({ ...picture(bytes(buffers[i]), told.n, cells), index: told.a, flows: told.f, done: told.d, zones: told.z, drawn: told.y }));
    const moved = header.month === this.month + 1 && this.worlds.length === n;
    this.before = this.worlds.length === n ? this.worlds : next;
    if (!moved) next.forEach((world) => (world.from = world.to = new Uint16Array(0)));
    this.worlds = next;
    const months = header.month - header.since;
    this.history.length = n;
    header.worlds.forEach((_, i) => {
      const values = new Float32Array(bytes(buffers[n + i]));
      const columns = this.place.charted.length + this.place.promised.length;
      const past = this.history[i] || (this.history[i] = []);
      past.length = Math.min(past.length, header.since);
      for (let m = 0; m < months; m++) {
        const from = m * columns * k;
        const at = months * columns * k + 2 * m;
        past.push({ row: values.subarray(from, from + columns * k), index: values[at], cycle: values[at + 1] });
      }
    });
    this.month = header.month;
    this.frame = header.frame;
  }

  // Half the range of the colours: the furthest of any cell so far, rounded up; rents in logs, vacancy as a share.
  reach(mode) {
    for (const world of this.worlds) {
      if (world.reached) continue;
      world.reached = true;
      for (let i = 0; i < world.rent.length; i++) {
        this.furthest.rent = Math.max(this.furthest.rent, Math.abs(world.rent[i] / 127.5 - 1) * this.place.spans[0]);
        this.furthest.vacancy = Math.max(this.furthest.vacancy, (world.vacancy[i] / 255) * this.place.spans[1]);
      }
    }
    return Math.min(Math.ceil(this.furthest[mode] * 10) / 10, this.place.spans[mode === "rent" ? 0 : 1]);
  }

  // Where a byte of the map lies on the colour scale, 0 to 1.
  shade(mode, byte, reach) {
    return mode === "rent" ? 0.5 + ((byte / 127.5 - 1) * this.place.spans[0]) / (2 * reach) : ((byte / 255) * this.place.spans[1]) / reach;
  }

  takeBand(told, buffers) {
    this.band.of = told.of;
    if (this.band.seeds.some((run) => run.seed === told.seed)) return;
    if (told.failed) this.band.failed += 1;
    else this.band.seeds.push({ seed: told.seed, shape: told.shape, columns: told.columns, values: new Float32Array(bytes(buffers[0])) });
  }

  value(world, month, column, city) {
    return this.history[world][month].row[this.place.charted.indexOf(column) * this.place.slugs.length + city];
  }

  // What was announced, claimed and paid of a lever in a city, summed over the months from one on.
  promised(world, lever, city, from) {
    const { charted, promised, slugs } = this.place;
    const found = {};
    for (const what of ["announced", "claimed", "paid"]) {
      const at = (charted.length + promised.indexOf(`${what}_${lever}_yuan`)) * slugs.length + city;
      found[what] = (this.history[world] || []).slice(from).reduce((sum, month) => sum + month.row[at], 0);
    }
    return found;
  }

  // Sum of a column of a city over the months from one on.
  total(world, column, city, from) {
    let sum = 0;
    for (let m = from; m < (this.history[world] || []).length; m++) sum += this.value(world, m, column, city);
    return sum;
  }

  // Path of a column in a city (or, with city -1, all of them): flows as sums over 12 months, as shares in % if asked for.
  path(world, column, city, share) {
    const past = this.history[world] || [];
    const at = this.place.charted.indexOf(column) * this.place.slugs.length;
    return derive((month, c) => past[month].row[at + c], past.length, this.place.slugs.length, city, FLOWS.includes(column), share);
  }

  bandPath(run, world, column, city, share) {
    const [, months, columns] = run.shape;
    const k = this.place.slugs.length;
    const at = run.columns.indexOf(column);
    if (at < 0) return null;
    return derive((month, c) => run.values[((world * months + month) * columns + at) * k + c], months, k, city, FLOWS.includes(column), share);
  }

  index(world) {
    return (this.history[world] || []).map((month) => month.index);
  }
}

function derive(get, months, cities, city, flow, share) {
  const found = new Float64Array(months);
  const window = flow ? 12 : 1;
  let [own, all] = [0, 0];
  const sum = (month) => {
    let total = 0;
    for (let c = 0; c < cities; c++) total += get(month, c);
    return total;
  };
  for (let m = 0; m < months; m++) {
    own += city < 0 ? sum(m) : get(m, city);
    if (share) all += sum(m);
    if (m >= window) {
      own -= city < 0 ? sum(m - window) : get(m - window, city);
      if (share) all -= sum(m - window);
    }
    found[m] = share ? (all > 0 ? (100 * own) / all : NaN) : city < 0 && !flow ? own / (share === null ? cities : 1) : own;
  }
  return found;
}

export function quantile(values, q) {
  const sorted = values.filter((v) => !Number.isNaN(v)).sort((a, b) => a - b);
  if (!sorted.length) return NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}
