// The unmodified openai client for Node runs a video's whole life; prints one JSON object of what it saw.
import OpenAI, { toFile } from "openai";

const [base, picture] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: "not-needed", maxRetries: 0 });
const small = { model: "local", seconds: "1", size: "128x72" };

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return { name: error.constructor.name, status: error.status, code: error.code, param: error.param };
  }
  return null;
}

async function ended(id) {
  for (;;) {
    const video = await client.videos.retrieve(id);
    if (video.status === "completed" || video.status === "failed") return video;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const created = await client.videos.create({ prompt: "a calm ocean at sunset", ...small });
const polled = await ended(created.id);
const content = Buffer.from(await (await client.videos.downloadContent(polled.id)).arrayBuffer());
const thumbnail = await client.videos.downloadContent(polled.id, { variant: "thumbnail" });
const first = await toFile(Buffer.from(picture, "base64"), "first.png", { type: "image/png" });
const started = await client.videos.create({ prompt: "drift to the left", input_reference: first, ...small });
const moved = await ended(started.id);
const remix = await client.videos.remix(polled.id, { prompt: "the same at night" });
await ended(remix.id);
const listed = [];
for await (const video of client.videos.list({ limit: 1 })) listed.push(video.id);
const edit = await refusal(() => client.videos.edit({ prompt: "night", video: { id: polled.id } }));
const removed = await client.videos.delete(remix.id);

console.log(JSON.stringify({
  created: created.status,
  polled: [polled.status, polled.size, polled.seconds],
  magic: content.subarray(4, 8).toString(),
  thumbnail: thumbnail.headers.get("content-type"),
  moved: moved.status,
  remixedFrom: remix.remixed_from_video_id === polled.id,
  listed: listed.length,
  deleted: removed.deleted,
  gone: await refusal(() => client.videos.retrieve(remix.id)),
  unknownModel: await refusal(() => client.videos.create({ prompt: "x", model: "nothing" })),
  badSeconds: await refusal(() => client.videos.create({ prompt: "x", ...small, seconds: "soon" })),
  edit,
  models: (await client.models.list()).data.some((model) => model.id === "local/draft"),
}));
