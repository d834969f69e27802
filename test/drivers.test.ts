import t, { type Test } from 'tap'
import { cutsOf, decode, plain } from './support/capture-books.js'
import { faultTests } from './support/driver-faults.js'
import { habitTests } from './support/driver-habits.js'
import { capturesOf, type Family, loadFamilies, textBeside } from './support/families.js'
import { createRig, exposureOf, never, playedModels, start } from './support/instrument-rig.js'

const families = await loadFamilies()

t.ok(families.length >= 2, 'folders of drivers were found')

for (const family of families)
  t.test(family.name, async (t) => {
    t.test('the description is complete', async (t) => {
      const { description, folder } = family
      t.equal(description.id, family.name, `the folder ${folder.href} has the name of its family`)
      for (const text of [description.title, description.source, textBeside(family, 'README.md')]) t.match(text, /\w{3}/)
      t.ok(description.models.length > 0)
      t.equal(new Set(description.models.map(({ model }) => model)).size, description.models.length, 'no two models have one name')
      for (const { model, pixels, fullScale, integrationUs, darkPixels, usb } of description.models) {
        t.ok(pixels > 1 && fullScale > 1, model)
        t.ok(0 < integrationUs.min && integrationUs.min < integrationUs.max && integrationUs.step > 0, `${model} has limits of exposure`)
        t.ok(
          darkPixels.every((pixel) => pixel >= 0 && pixel < pixels),
          `${model}: dark pixels are pixels`,
        )
        if (usb)
          t.ok(
            description.match.some((match) => match.usbVendor === usb.vendor && match.usbProduct === usb.product),
            `${model} starts by itself`,
          )
      }
      if (description.links.some((link) => link === 'stream')) t.ok(description.baudRate)
    })

    t.test('however the port cuts a capture, the same comes out and no byte is lost from the books', async (t) => {
      const captures = capturesOf(family)
      t.ok(captures.some(({ replies }) => replies.some(({ counts }) => counts)) && captures.some(({ replies }) => replies.length === 0))
      for (const capture of captures) {
        const { name, bytes, replies, refused, held } = capture
        t.match(textBeside(family, 'captures/README.md'), `| ${name} |`, `${name} has a line in the README`)
        const wanted = { replies: replies.map(plain), refused, held, total: bytes.length }
        for (const pieces of cutsOf(bytes)) {
          const got = decode(family, capture, pieces)
          if (JSON.stringify(got) !== JSON.stringify(wanted)) t.strictSame(got, wanted, `${name} cut after ${pieces[0]?.length} bytes`)
        }
        t.strictSame(decode(family, capture, [bytes]), wanted, name)
      }
    })

    t.test('the captures of other families hold no spectrum', async (t) => {
      const asked = capturesOf(family).filter(({ replies }) => replies.some(({ counts }) => counts))
      for (const other of families.filter(({ name }) => name !== family.name))
        for (const { bytes, name } of capturesOf(other))
          for (const { expect } of asked) t.strictSame(decode(family, { expect }, [bytes]).replies, [], `${other.name}: ${name}`)
    })

    for (const model of playedModels(family)) modelTests(t, family, model)
    for (const model of representatives(family)) faultTests(t, family, model)
    habitTests(t, family)
  })

/** Enough to have every way of reading a frame: the first model, the last, and one that splits its frames or runs at full speed. */
function representatives(family: Family): readonly string[] {
  const played = playedModels(family)
  const longest = [...family.description.models].sort((a, b) => b.pixels - a.pixels)[0]?.model
  return [...new Set([played[0], played.find((model) => model === longest), played.find((model) => model.endsWith('/full'))])].flatMap((model) =>
    model === undefined ? [] : [model],
  )
}

function modelTests(t: Test, family: Family, model: string): void {
  t.test(`${model}: counts follow exposure and scene`, async (t) => {
    const rig = createRig(family, { model })
    t.teardown(() => rig.close())
    const { driver, identity, dark } = await start(rig)
    t.equal(identity.family, family.name)
    t.equal(`${identity.model}${model.endsWith('/full') ? '/full' : ''}`, model)
    t.equal(identity.axis?.values.length ?? identity.pixels, identity.pixels)
    if (family.description.axisSource === 'device') t.equal(identity.axis?.kind, 'wavelength')
    for (const ms of [100, 40]) {
      const applied = await rig.during(driver.apply(exposureOf(ms)))
      t.match(applied.integrationUs, { requested: ms * 1000, rounded: ms * 1000, readBack: ms * 1000 })
      for (let n = 0; n < 2; n++) t.equal(rig.wrongWith(await rig.during(driver.acquire(never())), dark, identity), null)
    }
    t.strictSame(rig.bad, [])
    t.ok(rig.longestReadMs() <= 500, 'no transfer is pending for more than 500 ms')
    for (const us of [identity.integrationUs.min - 1, identity.integrationUs.max + 1])
      await t.rejects(rig.during(driver.apply({ integrationUs: us, gain: null, binning: null })), { code: 'SETTING_REFUSED' })
    await rig.during(driver.close())
  })
}
