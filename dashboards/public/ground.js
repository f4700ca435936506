// The ground of the map, for orientation only: the coast between 26 and 41 degrees north and the two great rivers, as
// longitude and latitude. No borders. Coast and Yangtze: Natural Earth 1:110m (public domain), thinned; Yellow River:
// typed from the coordinates of the towns it passes (Lanzhou, Yinchuan, Baotou, Tongguan, Kaifeng, Jinan).

export const FRAME = [104.2, 26.3, 123.4, 41.4];
export const COAST = [[121.64, 41.4], [120.77, 40.59], [119.64, 39.9], [119.02, 39.25], [118.04, 39.2], [117.53, 38.74], [118.06, 38.06], [118.88, 37.9], [118.91, 37.45], [119.7, 37.16], [120.82, 37.87], [121.71, 37.48], [122.36, 37.45], [122.52, 36.93], [121.1, 36.65], [120.64, 36.11], [119.66, 35.61], [119.15, 34.91], [120.23, 34.36], [120.62, 33.38], [121.23, 32.46], [121.91, 31.69], [121.89, 30.95], [121.26, 30.68], [121.5, 30.14], [122.09, 29.83], [121.94, 29.02], [121.68, 28.23], [121.13, 28.14], [120.4, 27.05], [119.59, 25.74]];
export const RIVERS = {
  yellow: [[103.8, 36.06], [105.2, 37.5], [106.3, 38.4], [106.75, 39.3], [107.0, 40.3], [107.6, 40.75], [109.0, 40.6], [109.9, 40.5], [111.1, 40.2], [111.2, 39.3], [110.75, 37.6], [110.45, 36.15], [110.5, 35.4], [110.25, 34.62], [111.2, 34.8], [112.4, 34.9], [113.6, 34.93], [114.4, 34.9], [115.0, 35.35], [116.2, 36.2], [117.0, 36.75], [118.0, 37.35], [119.1, 37.75]],
  yangtze: [[103.85, 28.5], [104.33, 28.67], [105.11, 28.77], [105.82, 28.88], [106.61, 29.55], [107.6, 29.92], [108.31, 30.58], [108.86, 30.94], [109.46, 31.01], [110.26, 31.02], [110.83, 30.92], [111.22, 30.73], [111.53, 30.38], [112.21, 30.22], [112.44, 29.82], [112.96, 29.55], [113.66, 29.89], [114.05, 30.3], [114.54, 30.6], [115.39, 30.01], [116.26, 29.84], [116.95, 30.41], [117.6, 30.82], [118.27, 31.38], [118.74, 32.02], [119.33, 32.2], [119.75, 32.14], [120.58, 31.61], [121.86, 31.41]],
};
const PAINT = { light: { sea: "#e3ebf0", land: "#f8f7f2", coast: "#b9c6ce", river: "#b3cbdd", ink: "#5d7386" }, dark: { sea: "#10141b", land: "#1b1f26", coast: "#3f4c5c", river: "#33506b", ink: "#8aa3ba" } };

// Where a longitude and latitude lies in a box: stretched towards its shape, but not out of shape.
export function projection(width, height) {
  const [west, south, east, north] = FRAME;
  const natural = ((east - west) * 0.83) / (north - south);
  const stretch = Math.min(Math.max(width / height / natural, 0.7), 1.75);
  const up = Math.max(height / (north - south), width / ((east - west) * 0.83 * stretch));
  const along = up * 0.83 * stretch;
  return (lon, lat) => [width / 2 + (lon - (west + east) / 2) * along, height / 2 - (lat - (south + north) / 2) * up];
}

export function drawGround(pen, width, height, theme, words, size) {
  const place = projection(width, height);
  const paint = PAINT[theme];
  pen.fillStyle = paint.sea;
  pen.fillRect(0, 0, width, height);
  const coast = COAST.map(([lon, lat]) => place(lon, lat));
  const line = (points) => points.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.lineJoin = pen.lineCap = "round";
  pen.beginPath();
  line([[-9, -9], [coast[0][0], -9], ...coast, [coast.at(-1)[0], height + 9], [-9, height + 9]]);
  pen.fillStyle = paint.land;
  pen.fill();
  pen.beginPath();
  line([[coast[0][0], -9], ...coast, [coast.at(-1)[0], height + 9]]);
  pen.strokeStyle = paint.coast;
  pen.lineWidth = 1.5;
  pen.stroke();
  for (const [name, points] of Object.entries(RIVERS)) {
    pen.beginPath();
    line(points.map(([lon, lat]) => place(lon, lat)));
    pen.strokeStyle = paint.river;
    pen.lineWidth = 2.5;
    pen.stroke();
    const [x, y] = place(...(name === "yellow" ? [108.1, 40.9] : [115.7, 29.3]));
    pen.fillStyle = paint.ink;
    pen.font = `italic 400 ${size}px system-ui, "Noto Sans SC", sans-serif`;
    pen.fillText(words[name], x, y);
  }
}

// Centres for discs with names above them that do not overlap, as near to where the cities lie as there is room, and the
// largest cell for which that can be done: they grow together and push each other away. Sizes of `discs` are for a cell
// of one pixel, `head` is the height of a name.
export function packed(width, height, wanted, discs, head) {
  const gap = 3;
  const settle = (start, s) => {
    const boxes = discs.map((disc, i) => ({ w: Math.max(disc.w * s, disc.name / 2) + gap, h: disc.h * s + head / 2 + gap, x: start[i][0], y: start[i][1] }));
    for (let turn = 0; turn < 150; turn++) {
      let worst = 0;
      for (let i = 0; i < boxes.length; i++) {
        for (let j = 0; j < i; j++) {
          const [a, b] = [boxes[i], boxes[j]];
          const [dx, dy] = [a.w + b.w - Math.abs(a.x - b.x), a.h + b.h - Math.abs(a.y - b.y)];
          if (dx <= 0 || dy <= 0) continue;
          worst = Math.max(worst, Math.min(dx, dy));
          // Along the way that is shorter, or on which walls leave more room.
          const room = (axis, half, whole) => whole - 2 * (a[half] + b[half]);
          const across = turn % 50 < 40 ? dx < dy : room("x", "w", width) > room("y", "h", height);
          const by = (across ? dx : dy) / 2 + 0.05;
          const sign = across ? Math.sign(a.x - b.x || wanted[i][0] - wanted[j][0] || 1) : Math.sign(a.y - b.y || wanted[i][1] - wanted[j][1] || 1);
          a[across ? "x" : "y"] += sign * by;
          b[across ? "x" : "y"] -= sign * by;
        }
      }
      for (const b of boxes) {
        b.x = Math.min(Math.max(b.x, b.w), width - b.w);
        b.y = Math.min(Math.max(b.y, b.h), height - b.h);
      }
      if (worst < 0.5) return boxes.map((b) => [b.x, b.y]);
    }
    return null;
  };
  const most = Math.min(width / (2 * Math.max(...discs.map((d) => d.w))), (height - head) / (2 * Math.max(...discs.map((d) => d.h))));
  let best = { s: 0 };
  for (const [across, up] of [[1, 1], [1.3, 1], [1, 1.3], [1.3, 1.3], [0.8, 1.2], [1.2, 0.8]]) { // from several starts
    let [s, centres] = [most * 0.1, wanted.map(([x, y]) => [width / 2 + across * (x - width / 2), height / 2 + up * (y - height / 2)])];
    for (let step = 1.12; step > 1.01;) {
      const found = s * step < most && settle(centres, s * step);
      if (found) [s, centres] = [s * step, found];
      else step = 1 + (step - 1) / 2;
    }
    if (s > best.s * 1.02) best = { s, centres };
  }
  return { s: best.s, centres: best.centres.map(([x, y]) => [x, y + head / 2]) };
}
