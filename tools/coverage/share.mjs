/** How much of a whole was reached, in words. */
export function share(reached, total) {
  return `${reached} of ${total} (${((100 * reached) / total).toFixed(1)} %)`;
}
