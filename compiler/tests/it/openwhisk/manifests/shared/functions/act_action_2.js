function main(params) {
  return { at: params.at };
}
