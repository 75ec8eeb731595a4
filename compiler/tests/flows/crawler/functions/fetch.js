exports.page = async ({ url }) => {
  const answer = await fetch(url)
  const html = await answer.text()
  const title = (html.match(/<title>([^<]*)/) ?? ["", ""])[1].slice(0, 200)
  const links = [...html.matchAll(/href="(https:\/\/site\.example[^"#]*)"/g)].map((match) => match[1])
  return {
    read: { url, title, words: html.replace(/<[^>]*>/g, " ").slice(0, 30000) },
    links: [...new Set(links)].slice(0, 20),
    same_site: new URL(url).host === "site.example",
  }
}
