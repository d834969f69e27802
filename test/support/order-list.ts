import type { DesiredMessage } from '../../src/delivery/contract.js'
import { BASE } from './deliveries.js'

/** Where the slot `default` of the agent in tests, and of a group, is ordered. */
export const OWN_ORDER = `${BASE}/model/default/desired`
export const GROUP_ORDER = 'spectro2mqtt/_group/docks/model/default/desired'

/** Orders as they come, in words, and a wait for a number of them. */
export const orderList = () => {
  const heard: string[] = []
  let wake = () => {}
  return {
    heard,
    take: ({ slot, group, payload }: DesiredMessage) => {
      heard.push(`${group ?? 'own'} ${slot} ${Buffer.from(payload).toString()}`)
      wake()
    },
    async until(count: number) {
      while (heard.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      return [...heard].sort()
    },
  }
}
