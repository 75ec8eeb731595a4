export const book = async () => ({})
