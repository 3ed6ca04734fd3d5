/** How people and programs write a text that holds blanks, quotes or other signs: each way once, itself not among them. */
export const spellings = (text: string): readonly string[] => {
  const json = JSON.stringify(text).slice(1, -1)
  const all = [
    json,
    json.replace(/[\u0080-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`),
    // a shell: in double quotes, in single ones, in none
    text.replace(/[\\"$`]/g, '\\$&'),
    text.replaceAll("'", "'\\''"),
    text.replace(/[^\w@%+=:,./\n\u0080-\uffff-]/g, '\\$&'),
    // YAML and SQL, units of systemd, compose files, cron lines
    text.replaceAll("'", "''"),
    json.replaceAll('%', '%%'),
    text.replaceAll('$', '$$$$'),
    text.replaceAll('%', '\\%'),
    // a form on a page
    encodeURIComponent(text.toWellFormed()).replaceAll('%20', '+'),
  ]
  return [...new Set(all)].filter((one) => one !== text)
}
