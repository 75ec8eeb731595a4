exports.book = async () => ({})
