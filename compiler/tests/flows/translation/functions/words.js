exports.clean = ({ words, to_ }) => ({ words: words.replace(/\s+/g, " ").trim(), to_ })
exports.polish = ({ words, to_ }) => ({ words: words.charAt(0).toUpperCase() + words.slice(1), to_ })
