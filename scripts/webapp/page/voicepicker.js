/** The voice: a box to type in, and the voices that fit, by language. */

import { find, make, show } from "./elements.js";
import { findVoice, nameOf } from "./voices.js";

const IS_BLEND = /^[a-z]{2}_[a-z]+\s*[:,]/;

/** A combobox as ARIA describes it: the focus stays in the box, the choice moves in the list. */
export class VoicePicker {
  constructor(voices, chosen, onChange) {
    this.input = find("voice");
    this.list = find("voices");
    this.voices = voices;
    this.onChange = onChange;
    this.active = null;
    this.choose(chosen);
    this.listen();
  }

  /** The chosen voice's id, or a blend. */
  get value() {
    return this.input.dataset.voice;
  }

  choose(id) {
    this.input.dataset.voice = id;
    this.close();
    this.onChange?.(id);
  }

  listen() {
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("click", () => this.open(""));
    this.input.addEventListener("input", () => this.open(this.input.value));
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.press(event));
    // The box keeps the focus while the list is used.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(option.dataset.voice);
    });
  }

  press(event) {
    if (event.isComposing) return;
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (isOpen) this.move(event.key === "ArrowDown" ? 1 : -1);
      else this.open("");
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      if (this.active) this.choose(this.active.dataset.voice);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      this.close();
    }
  }

  open(wanted) {
    const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.voices.filter((voice) => words.every((word) => fits(voice, word)));
    this.list.replaceChildren(...this.groups(found));
    if (IS_BLEND.test(wanted)) this.list.prepend(blendOption(wanted.replaceAll(/\s/g, "")));
    if (!this.list.childElementCount) {
      this.list.append(make("p", { className: "note", textContent: "No voice is called that." }));
    }
    show(this.list, true);
    this.input.setAttribute("aria-expanded", "true");
    const options = this.options;
    this.activate(options.find((option) => option.dataset.voice === this.value) ?? options[0]);
  }

  close() {
    show(this.list, false);
    this.input.setAttribute("aria-expanded", "false");
    this.input.value = describe(this.value);
    this.activate(undefined);
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  move(step) {
    const options = this.options;
    if (!options.length) return;
    const place = options.indexOf(this.active) + step;
    this.activate(options[(place + options.length) % options.length]);
  }

  activate(option) {
    this.active?.classList.remove("active");
    this.active = option ?? null;
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.classList.add("active");
    this.input.setAttribute("aria-activedescendant", option.id);
    return option.scrollIntoView({ block: "nearest" });
  }

  groups(voices) {
    return [...Map.groupBy(voices, (voice) => voice.languageName)].map(([language, members]) => {
      const title = make("p", { className: "group-title", textContent: language });
      title.setAttribute("aria-hidden", "true");
      const group = make("div", {}, title, ...members.map((voice) => this.option(voice)));
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", language);
      return group;
    });
  }

  option(voice) {
    const option = make(
      "div",
      { id: `voice-${voice.id}`, className: "option", data: { voice: voice.id } },
      make("span", { textContent: voice.name }),
      " ",
      make("span", { className: "note", textContent: voice.gender }),
    );
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(voice.id === this.value));
    return option;
  }
}

function fits(voice, word) {
  return [voice.id, voice.name, voice.languageName, voice.gender].some((text) =>
    text.toLowerCase().split(/[\s_]/).concat(text.toLowerCase()).some((part) => part.startsWith(word)),
  );
}

function blendOption(blend) {
  const option = make("div", {
    id: "voice-blend",
    className: "option",
    data: { voice: blend },
    textContent: `Blend: ${nameOf(blend)}`,
  });
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  return option;
}

function describe(id) {
  const voice = findVoice(id);
  return voice ? `${voice.name}, ${voice.languageName}` : nameOf(id);
}
