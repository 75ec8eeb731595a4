// Asks a vision API what is to be seen on an image.

const { readFile } = require('node:fs/promises');

async function main({ picture, url, vision_key }) {
  const answer = await fetch(`${url}/v1/classify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${vision_key}`, 'content-type': 'image/png' },
    body: await readFile(picture),
  });
  if (!answer.ok) throw new Error(`the vision API answered ${answer.status}`);
  const type = answer.headers.get('content-type') ?? 'nothing';
  if (!type.startsWith('application/json')) throw new Error(`the vision API answered ${type}, not JSON`);
  const { classes } = await answer.json();
  return { tags: classes.map((found) => found.class).slice(0, 8) };
}

exports.main = main;
