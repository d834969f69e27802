/** The style sheet of a report: light and dark by the reader's setting, always light on paper. */
export const style = `
:root{color-scheme:light dark;--bg:#fff;--card:#f5f7f9;--ink:#17202a;--soft:#55616e;--rule:#d9dfe5;--blue:31 102 173;--orange:199 84 18;
--c0:#1f66ad;--c1:#c75412;--c2:#137a57;--c3:#7a4bb0;--warn:#fff4e2;--warn-rule:#d98a1f}
@media (prefers-color-scheme:dark){:root{--bg:#12161b;--card:#1b2128;--ink:#e8edf2;--soft:#a3afbb;--rule:#333c46;--blue:47 113 186;--orange:190 84 28;
--c0:#74b3f2;--c1:#f29a68;--c2:#5fca9f;--c3:#bf9bf2;--warn:#2c2415;--warn-rule:#d98a1f}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:62rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:.1em 0 .35em;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.6rem 0 .6rem;padding-top:.9rem;border-top:1px solid var(--rule)}
h3{font-size:1rem;margin:1.4rem 0 .4rem}
p{margin:.5em 0;max-width:46rem;overflow-wrap:anywhere}
.kicker,.small,small,figcaption,caption{color:var(--soft);font-size:.85rem}
.kicker{margin:0}
.lead{font-size:1.05rem}
.hero{display:flex;gap:1.75rem;align-items:center;margin:1.5rem 0;padding:1.5rem;background:var(--card);border-radius:12px}
.hundred{flex:none;width:8.5rem}
.hundred .right{fill:var(--c0)}
.hundred .wrong{fill:none;stroke:var(--c1);stroke-width:1.5}
.big{font-size:1.6rem;line-height:1.3;font-weight:650;margin:0 0 .4em}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:.75rem;margin:0 0 1rem;padding:0;list-style:none}
.tiles li{padding:.8rem 1rem;border:1px solid var(--rule);border-radius:10px}
.tiles b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}
.tiles small{display:block}
.findings ol{list-style:none;margin:0;padding:0}
.findings li,.caution{margin:.6rem 0;padding:.7rem 1rem;background:var(--warn);border-left:4px solid var(--warn-rule);border-radius:0 8px 8px 0;overflow-wrap:anywhere}
.ids{font-size:.85rem;color:var(--soft);overflow-wrap:anywhere}
code{font:.85em ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.findings code{color:var(--soft)}
pre{padding:.9rem 1.1rem;background:var(--card);border-radius:8px;white-space:pre-wrap}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem;width:100%;margin:.5rem 0}
caption{text-align:left;padding:.2rem 0 .5rem;max-width:calc(100vw - 2.5rem)}
th,td{padding:.35rem .65rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
thead th{color:var(--soft);font-weight:600;vertical-align:bottom}
tbody th{font-weight:600;overflow-wrap:anywhere;min-width:8rem}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.n small{display:block}
.won td,.won th{background:var(--card);font-weight:650}
.heat{width:auto;border-collapse:separate;border-spacing:2px}
.heat th,.heat td{border:0}
.heat thead th span{writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap}
.heat thead th{text-align:center;padding:.3rem .1rem}
.heat tbody th{text-align:right;font-weight:500}
.heat tbody td{min-width:2.9rem;text-align:center;font-variant-numeric:tabular-nums;border-radius:4px;vertical-align:middle}
.heat .none{color:var(--rule)}
.heat .hit{background:rgb(var(--blue)/var(--s))}
.heat .miss{background:rgb(var(--orange)/var(--s))}
.heat .deep{color:#fff}
.heat .sum{color:var(--soft)}
figure{margin:.5rem 0}
th small{font-weight:400}
figcaption{max-width:46rem;margin-top:.4rem}
svg{display:block;max-width:100%;height:auto}
.plot{width:100%}
.plot:not(.small){max-width:56rem}
.cell{width:8.2rem;min-width:8.2rem;height:1.15rem}
.defs{position:absolute}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:1rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(22rem,1fr));gap:0 2rem}
section figure>.plot[viewBox^="0 0 470"]{max-width:32rem}
.tick,.name{fill:var(--soft);font-size:11.5px}
.direct{fill:var(--ink);font-size:12.5px;font-weight:600}
.grid{stroke:var(--rule)}
.axis{stroke:var(--soft)}
.ideal{stroke:var(--soft);stroke-dasharray:5 4}
.mark{stroke:var(--c1);stroke-width:2}
.whisker{stroke:var(--c0);stroke-width:2.5}
.dot{fill:var(--c0);stroke:var(--bg)}
.shuffled{fill:var(--soft);fill-opacity:.75}
.inside circle{fill:var(--c0);fill-opacity:.75}
.inside .bar{stroke:var(--c0);stroke-opacity:.28}
.outside path{fill:var(--bg);stroke:var(--c1);stroke-width:1.6}
.outside .bar{stroke:var(--c1);stroke-opacity:.6}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}
.other{fill:none;stroke:var(--soft);stroke-opacity:.35;stroke-width:.8}
.band{fill-opacity:.2}
.line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1);stroke-dasharray:7 3}.line.c2{stroke:var(--c2);stroke-dasharray:2 3}.line.c3{stroke:var(--c3);stroke-dasharray:9 3 2 3}
.band.c0{fill:var(--c0)}.band.c1{fill:var(--c1)}.band.c2{fill:var(--c2)}.band.c3{fill:var(--c3)}
.legend{display:block;margin-top:.3rem}
.legend span{white-space:nowrap;margin-right:.8rem}
.legend svg{display:inline-block;width:1.9rem;vertical-align:middle}
.chain{margin:.3rem 0;padding-left:1.4rem}
dl{margin:.5rem 0}
dl div{display:grid;grid-template-columns:12rem 1fr;gap:.2rem 1rem;padding:.3rem 0;border-bottom:1px solid var(--rule)}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
@media screen and (max-width:40rem){.wide table:not(.heat){min-width:34rem}.hero{flex-direction:column;align-items:flex-start}.pair{grid-template-columns:1fr}dl div{grid-template-columns:1fr}}
@page{margin:14mm}
@media print{:root{color-scheme:light;--bg:#fff;--card:#f5f7f9;--ink:#17202a;--soft:#55616e;--rule:#d9dfe5;--blue:31 102 173;--orange:199 84 18;
--c0:#1f66ad;--c1:#c75412;--c2:#137a57;--c3:#7a4bb0;--warn:#fff4e2}
body{font-size:10.5pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:none;padding:0}
.wide{overflow:visible}
table{font-size:8.5pt}th,td{padding:.2rem .4rem}tbody th{min-width:0}.cell{width:5rem;min-width:5rem}
table small,caption{font-size:8pt}caption{max-width:none}.pair{grid-template-columns:1fr 1fr}.panels{grid-template-columns:repeat(3,1fr)}
h2,h3{break-after:avoid}
figure,tr,li,.hero,.tiles,dl div,.plot{break-inside:avoid}}
`
