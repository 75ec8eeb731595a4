exports.read = async ({ source }) => {
  const answer = await fetch(`https://${source}.example/feed.json`)
  const { items } = await answer.json()
  return { articles: items.slice(0, 30).map(({ title, url }) => ({ title, link: url, source })) }
}
