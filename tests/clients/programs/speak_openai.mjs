// Speak by the package openai for Node: node speak_openai.mjs ADDRESS TOKEN FILE
import { writeFile } from "node:fs/promises";
import OpenAI from "openai";

const [baseURL, apiKey, path] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey });
const answer = await client.audio.speech.create({
  model: "tts-1-hd",
  voice: "shimmer",
  input: "Hello from openai for Node.",
  response_format: "opus",
});
await writeFile(path, Buffer.from(await answer.arrayBuffer()));
const refused = await client.audio.speech
  .create({ model: "tts-1", voice: "alloy", input: "..." })
  .catch((error) => error);
if (refused.code !== "empty_input") throw refused;
