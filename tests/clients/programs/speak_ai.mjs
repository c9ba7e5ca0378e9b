// Speak by the AI SDK: node speak_ai.mjs ADDRESS TOKEN FILE
import { writeFile } from "node:fs/promises";
import { createOpenAI } from "@ai-sdk/openai";
import { experimental_generateSpeech as generateSpeech } from "ai";

const [baseURL, apiKey, path] = process.argv.slice(2);
const { audio, warnings } = await generateSpeech({
  model: createOpenAI({ baseURL, apiKey }).speech("tts-1"),
  text: "Hello from the AI SDK.",
  voice: "alloy",
});
if (warnings.length) throw new Error(JSON.stringify(warnings));
await writeFile(path, audio.uint8Array);
