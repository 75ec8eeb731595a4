exports.remote = async ({ words, to_, translator_key }) => {
  const answer = await fetch(`https://translate.example/v2/${to_}`, {
    method: "POST",
    headers: { "x-key": translator_key },
    body: words,
  })
  return { words: await answer.text(), to_ }
}
exports.local = ({ words, to_ }) => ({ words: words.split(" ").reverse().join(" "), to_ })
