/** Style of the report: light and dark by the reader's setting, one column on a narrow screen. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--ground:#fbfbfa;--card:#fff;--ink:#1c1d20;--soft:#5d6068;--rule:#dfe0e3;
--c0:#2563eb;--c1:#c2410c;--c2:#047857;--c3:#be185d;--c4:#7c3aed;--c5:#0e7490;--c6:#4d7c0f;--c7:#b91c1c;--c8:#a16207;--c9:#475569;
--up:#047857;--down:#b91c1c;--even:#8b8f98}
@media (prefers-color-scheme:dark){:root{--ground:#131417;--card:#1b1d21;--ink:#e9eaec;--soft:#a3a7b0;--rule:#33363c;
--c0:#7aa7ff;--c1:#fb923c;--c2:#34d399;--c3:#f472b6;--c4:#b79bff;--c5:#22d3ee;--c6:#a3e635;--c7:#f87171;--c8:#facc15;--c9:#94a3b8;
--up:#34d399;--down:#f87171;--even:#8b8f98}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1200px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:26px;line-height:1.2;margin:0 0 6px}h2{font-size:19px;margin:0 0 4px}h3{font-size:15px;margin:14px 0 6px}details{margin:8px 0}summary{cursor:pointer}
p{margin:4px 0 12px;max-width:75ch}.lead,.note{color:var(--soft)}.note{font-size:13.5px}
section{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:18px;margin:18px 0}
nav{margin:14px 0 0;display:flex;flex-wrap:wrap;gap:4px 14px;font-size:14px}a{color:var(--c0)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:16px 0 0;padding:0;list-style:none}
.tiles li{overflow-wrap:anywhere;background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:12px 14px}
.tiles b{display:block;font-size:22px;line-height:1.25;font-variant-numeric:tabular-nums}.tiles span{color:var(--soft);font-size:13px}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(310px,100%),1fr));gap:16px 22px;margin:10px 0}
.plots>div{min-width:0}
svg.plot{display:block;width:100%;max-width:480px;height:auto;overflow:visible}
svg text{font-size:11px;fill:var(--soft);font-variant-numeric:tabular-nums}svg .label{fill:var(--ink)}
.axis{fill:none;stroke:var(--soft)}.tick{stroke:var(--soft)}.grid{stroke:var(--rule)}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.line.thin{stroke-width:1.2}.reference{stroke:var(--soft);stroke-dasharray:4 3;fill:none}
circle{fill-opacity:.75}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 14px;padding:0;margin:6px 0 10px;font-size:13.5px}
.legend i{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:6px;vertical-align:-1px}
figure.table{margin:14px 0}figcaption{font-weight:600;margin-bottom:6px;max-width:75ch}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums;min-width:100%}
th,td{padding:5px 9px;border-bottom:1px solid var(--rule);text-align:right;white-space:nowrap}
th{color:var(--soft);font-weight:600}.text{text-align:left}td.best{font-weight:700}
td.text:first-child,th.text:first-child{position:sticky;left:0;background:var(--card)}
.bars{list-style:none;margin:8px 0 0;padding:0}
.bars li{display:grid;grid-template-columns:minmax(150px,1.1fr) 2fr minmax(130px,.8fr);gap:12px;align-items:center;padding:5px 0;border-bottom:1px solid var(--rule)}
.bars .name{overflow-wrap:anywhere}.bars small{display:block;color:var(--soft);font-size:12.5px;line-height:1.35}
.track{position:relative;height:22px}.track span{position:absolute;top:0;bottom:0}
.zero{border-left:1px solid var(--soft)}.bar{margin:4px 0;border-radius:2px}
.bar.up{background:var(--up)}.bar.down{background:var(--down)}.bar.even{background:var(--even)}
.track .whisker{top:50%;bottom:auto;border-top:2px solid var(--ink)}
.value{text-align:right;font-variant-numeric:tabular-nums}
dl{display:grid;grid-template-columns:minmax(110px,max-content) 1fr;gap:3px 16px;margin:0 0 14px;font-size:14px}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(380px,100%),1fr));gap:6px 34px}
.limits li{margin-bottom:4px;max-width:80ch}
@media (max-width:640px){main{padding:18px 12px 40px}section{padding:14px 12px}h1{font-size:22px}
.bars li{grid-template-columns:1fr 1fr;gap:2px 10px}.bars .name{grid-column:1/-1}.value{text-align:left}.bars .value small{display:inline}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:6px}}
@media print{section{break-inside:avoid}}
`
