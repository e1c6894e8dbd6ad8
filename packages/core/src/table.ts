/** Values by name, and nothing else: no Map, whose methods may be anybody's by the time of a call. */
export function tableOf<Value>(values: Record<string, Value>): Readonly<Record<string, Value | undefined>> {
  return Object.freeze(Object.assign(Object.create(null), values));
}
