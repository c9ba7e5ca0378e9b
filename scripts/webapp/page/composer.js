/** The form in which a text is written and sent. */

import { call, Refusal } from "./api.js";
import { find, keep, recall, write } from "./elements.js";
import { count } from "./figures.js";
import { clearProblem, sentence, showProblem } from "./problem.js";
import { VoicePicker } from "./voicepicker.js";
import { fillVoices, findVoice } from "./voices.js";

const DEFAULT_VOICE = "af_heart";
const SECOND_HALVES = /[\udc00-\udfff]/g;
const KEPT = "ktts-manner";

/** Text, voice, speed, format and queue; `onJob` gets the receipt and the text of what was sent. */
export class Composer {
  constructor(voices, onJob) {
    this.form = find("composer");
    this.text = find("text");
    this.onJob = onJob;
    const kept = recall(KEPT, {});
    find("speed").value = kept.speed ?? 1;
    choose(find("format"), kept.format, "mp3");
    choose(find("queue"), kept.queue, "default");
    find("blend-share").value = kept.share ?? 30;
    /** Called when another voice or blend is chosen. */
    this.onVoice = () => {};
    this.picker = new VoicePicker(voices, typeof kept.voice === "string" ? kept.voice : DEFAULT_VOICE, () => this.drawBlend());
    this.drawBlend();
    choose(find("blend-voice"), kept.blend, "");
    find("blend-box").open = Boolean(find("blend-voice").value);
    find("blend-voice").addEventListener("change", () => this.drawBlend());
    find("blend-share").addEventListener("input", () => this.drawBlend());
    this.drawBlend();
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.text.addEventListener("keydown", (event) => this.press(event));
    this.text.addEventListener("input", () => this.drawCount());
    find("speed").addEventListener("input", () => this.drawSpeed());
    this.drawCount();
    this.drawSpeed();
  }

  /** The voice, or the blend of two. */
  get voice() {
    const second = find("blend-voice").value;
    if (!second) return this.picker.value;
    const share = Number(find("blend-share").value) / 100;
    return `${this.picker.value}:${(1 - share).toFixed(2)},${second}:${share.toFixed(2)}`;
  }

  /** Voice, speed and format as a request names them. */
  get manner() {
    return {
      voice: this.voice,
      speed: Number(find("speed").value),
      format: find("format").value,
    };
  }

  /** Put a text into the box. */
  fill(text) {
    this.text.value = text;
    this.drawCount();
    this.text.focus();
    this.text.setSelectionRange(0, 0);
    this.text.scrollTop = 0;
  }

  press(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.form.requestSubmit();
    }
  }

  async submit(event) {
    event.preventDefault();
    const text = this.text.value;
    this.complain(text.trim() ? "" : "Write something first.", "text");
    if (!text.trim() || find("speak").disabled) return;
    keep(KEPT, this.choices());
    find("speak").disabled = true;
    try {
      const receipt = await call("POST", "/v1/jobs", { json: { text, ...this.manner, queue: find("queue").value } });
      clearProblem();
      this.onJob(receipt, text);
    } catch (error) {
      this.explain(error);
    } finally {
      find("speak").disabled = false;
    }
  }

  choices() {
    const [blend, share, queue] = ["blend-voice", "blend-share", "queue"].map((id) => find(id).value);
    return { ...this.manner, voice: this.picker.value, blend, share, queue };
  }

  explain(error) {
    if (error instanceof Refusal && !error.isPassing && error.status !== 401) {
      this.complain(sentence(error.message), error.field);
    } else {
      showProblem(error);
    }
  }

  complain(message, field) {
    write(find("composer-error"), message);
    for (const name of ["text", "voice", "speed", "format"]) {
      const input = find(name);
      if (message && name === field) {
        input.setAttribute("aria-invalid", "true");
        input.focus();
      } else {
        input.removeAttribute("aria-invalid");
      }
    }
  }

  drawCount() {
    const text = this.text.value;
    // By characters as the server counts them, where an emoji is one and not two.
    const characters = text.length - (text.match(SECOND_HALVES)?.length ?? 0);
    write(find("text-count"), characters ? count(characters, "character") : "");
  }

  /** Offer the voices of the first one's language; a blend that was typed in has all it needs. */
  drawBlend() {
    const first = findVoice(this.picker?.value);
    const second = find("blend-voice");
    const fits = (voice) => voice.language === first?.language && voice.id !== first?.id;
    fillVoices(second, "None", fits);
    second.disabled = !first;
    find("blend-share").disabled = !second.value;
    write(find("blend-value"), second.value ? `${find("blend-share").value} %` : "");
    this.onVoice();
  }

  drawSpeed() {
    write(find("speed-value"), `${Number(find("speed").value).toFixed(2)}×`);
  }
}

/** Choose what was kept, where it is still offered. */
function choose(select, kept, otherwise) {
  select.value = kept ?? otherwise;
  if (select.selectedIndex < 0) select.value = otherwise;
}
