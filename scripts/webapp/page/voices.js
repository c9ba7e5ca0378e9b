/** The catalogue of voices, with a sentence of each language to hear them by. */

import { call } from "./api.js";

const SAMPLES = {
  a: "Every story begins somewhere. This is how I would read yours.",
  b: "Every story begins somewhere. This is how I would read yours.",
  e: "Toda historia empieza en algún lugar. Así leería yo la tuya.",
  f: "Toute histoire commence quelque part. Voici comment je lirais la vôtre.",
  h: "हर कहानी कहीं से शुरू होती है। मैं आपकी कहानी ऐसे पढ़ूँगी।",
  i: "Ogni storia comincia da qualche parte. Io leggerei la tua così.",
  j: "どんな物語にも始まりがあります。私はこのように読みます。",
  p: "Toda história começa em algum lugar. É assim que eu leria a sua.",
  z: "每个故事都有开始。我会这样为你朗读。",
};

/** Folder of the samples below the output directory; their jobs are no jobs of the user's. */
export const SAMPLE_FOLDER = "voice-samples/";

let catalogue = [];

/** Fetch the catalogue; resolves to its voices. */
export async function loadVoices() {
  const voices = await call("GET", "/v1/voices");
  catalogue = voices.map((voice) => ({
    id: voice.name,
    name: titleOf(voice.name),
    gender: voice.gender,
    language: voice.language,
    languageName: voice.language_name,
  }));
  return catalogue;
}

/** Return the voice of this id, or undefined. */
export function findVoice(id) {
  return catalogue.find((voice) => voice.id === id);
}

/** Fill a select with `first`, which stands for no voice, and the voices that `fits` takes, by language. */
export function fillVoices(select, first, fits = () => true) {
  const kept = select.value;
  const none = new Option(first, "");
  const groups = [...Map.groupBy(catalogue.filter(fits), (voice) => voice.languageName)].map(([label, members]) => {
    const group = Object.assign(document.createElement("optgroup"), { label });
    group.append(...members.map((voice) => new Option(voice.name, voice.id)));
    return group;
  });
  select.replaceChildren(none, ...groups);
  select.value = kept;
  if (select.selectedIndex < 0) select.value = "";
}

/** A voice's or a blend's name for people: "Heart", "Heart 0.7 + Adam 0.3". */
export function nameOf(id) {
  return id
    .split(",")
    .map((share) => share.split(":"))
    .map(([voice, weight]) => titleOf(voice) + (weight ? ` ${weight}` : ""))
    .join(" + ");
}

/** The sentence by which a voice is heard. */
export function sampleText(id) {
  return SAMPLES[id[0]] ?? SAMPLES.a;
}

function titleOf(id) {
  const name = id.slice(id.indexOf("_") + 1);
  return name.charAt(0).toUpperCase() + name.slice(1);
}
