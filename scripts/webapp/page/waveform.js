/** Draws a job's loudness: what was heard, what can be heard, and room for what is to come. */

const BAR_PIXELS = 2;
const GAP_PIXELS = 1;
const QUIETEST = 0.03;

/** A canvas that is drawn again when its size or the colours of the page change. */
export class Waveform {
  constructor(canvas) {
    this.canvas = canvas;
    this.state = null;
    new ResizeObserver(() => this.redraw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  /** Draw `peaks` over a width of `total` seconds, heard up to `position`. */
  draw(peaks, total, position) {
    this.state = { peaks, total, position };
    this.redraw();
  }

  redraw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!this.state || !width) return;
    const scale = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * scale)) this.canvas.width = width * scale;
    if (this.canvas.height !== Math.round(height * scale)) this.canvas.height = height * scale;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const drawn = this.drawBars(pen, width, height);
    this.canvas.dataset.peaks = String(drawn);
    this.canvas.dataset.loudest = this.state.peaks.loudest.toFixed(2);
  }

  drawBars(pen, width, height) {
    const { peaks, total, position } = this.state;
    const colours = getComputedStyle(this.canvas);
    const heard = colours.getPropertyValue("--accent");
    const unheard = colours.getPropertyValue("--wave");
    const empty = colours.getPropertyValue("--line");
    const count = Math.floor((width + GAP_PIXELS) / (BAR_PIXELS + GAP_PIXELS));
    const loudest = Math.max(peaks.loudest, QUIETEST);
    let drawn = 0;
    for (let bar = 0; bar < count; bar += 1) {
      const from = (bar / count) * total;
      const loudness = loudestBetween(peaks, from, ((bar + 1) / count) * total);
      const isThere = loudness !== null;
      const tall = isThere ? Math.max(BAR_PIXELS, (loudness / loudest) * height) : BAR_PIXELS;
      pen.fillStyle = isThere ? (from < position ? heard : unheard) : empty;
      pen.beginPath();
      pen.roundRect(bar * (BAR_PIXELS + GAP_PIXELS), (height - tall) / 2, BAR_PIXELS, tall, 1);
      pen.fill();
      drawn += isThere;
    }
    return drawn;
  }
}

function loudestBetween(peaks, from, to) {
  const first = Math.floor(from / peaks.barSeconds);
  const last = Math.max(first + 1, Math.ceil(to / peaks.barSeconds));
  const bars = peaks.bars.slice(first, last);
  return bars.length ? Math.max(...bars) : null;
}
