const { readFileSync } = require("fs")

exports.refresh = ({ pages }) => {
  const rows = readFileSync(pages, "utf8").trim().split("\n")
  return { indexed: rows.length }
}
