import os
FG='var(--vscode-foreground, #777)'; AC='var(--vscode-textLink-foreground, #1f86c8)'; DIM='var(--vscode-descriptionForeground, #999)'; BG='var(--vscode-editorWidget-background, none)'; OK='var(--vscode-testing-iconPassed, #388a34)'
def cyl(x,y,w=90,h=110,c=FG):
    r=14
    return f'''<path d="M{x} {y+r}v{h-2*r}c0 {r} {w} {r} {w} 0v-{h-2*r}" fill="{BG}" stroke="{c}"/>
  <ellipse cx="{x+w/2:g}" cy="{y+r}" rx="{w/2:g}" ry="{r*0.75:g}" fill="{BG}" stroke="{c}"/>
  <path d="M{x} {y+h*0.4:g}c0 {r} {w} {r} {w} 0M{x} {y+h*0.65:g}c0 {r} {w} {r} {w} 0" stroke="{c}"/>'''
def file(x,y,w=80,h=104,c=FG):
    return f'<path d="M{x} {y}h{w-24}l24 24v{h-24}h-{w}zM{x+w-24} {y}v24h24" fill="{BG}" stroke="{c}"/>'
def lock(x,y,c=AC):
    return f'<rect x="{x}" y="{y+16}" width="36" height="28" rx="4" fill="{BG}" stroke="{c}"/>\n  <path d="M{x+8} {y+16}v-6a10 10 0 0 1 20 0v6" stroke="{c}"/>'
def arrow(x1,x2,y,c=AC):
    d=1 if x2>x1 else -1
    return f'<path d="M{x1} {y}H{x2}M{x2-10*d} {y-9}l{10*d} 9l{-10*d} 9" stroke="{c}"/>'
def screen(x,y,w=120,h=84,c=FG):
    return f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="6" fill="{BG}" stroke="{c}"/>\n  <path d="M{x+w/2-22:g} {y+h+20}h44M{x+w/2:g} {y+h}v20" stroke="{c}"/>'
pics={
'find':[cyl(150,95),f'<circle cx="232" cy="178" r="44" fill="none" stroke="{AC}"/>',f'<path d="M264 210l42 42" stroke="{AC}" stroke-width="9"/>',
   f'<path d="M60 90h50M60 112h34M60 134h44M60 156h28" stroke="{DIM}"/>'],
'key':[f'<circle cx="130" cy="150" r="46" fill="{BG}" stroke="{AC}"/>',f'<circle cx="118" cy="150" r="12" stroke="{AC}"/>',
   f'<path d="M176 140h130v20h-14v24h-22v-24h-16v16h-22v-16h-56" fill="{BG}" stroke="{AC}"/>',f'<path d="M96 236h208M96 256h140" stroke="{DIM}"/>'],
'backUp':[cyl(60,95),arrow(172,232,150),file(256,98),lock(278,132)],
'restore':[file(60,98),lock(82,132),arrow(160,220,150),cyl(244,95),
   f'<path d="M306 236a34 34 0 1 0 -30 -16" fill="none" stroke="{DIM}" transform="translate(0 24)"/>',f'<path d="M268 234l8 12l12 -8" stroke="{DIM}"/>'],
'copy':[screen(46,96),file(84,112,40,52,AC),arrow(186,222,140),screen(240,96),file(278,112,40,52,AC),f'<path d="M92 236h216" stroke="{DIM}" stroke-dasharray="4 10"/>'],
'schedule':[f'<circle cx="150" cy="150" r="64" fill="{BG}" stroke="{FG}"/>',f'<path d="M150 108v42l28 20" stroke="{AC}"/>',
   file(256,66,44,56),file(256,142,44,56),f'<path d="M266 170l8 8l16 -18M266 94l8 8l16 -18" stroke="{OK}"/>',f'<path d="M256 226h44v44h-44z" stroke="{DIM}" stroke-dasharray="4 8"/>'],
}
for n,p in pics.items():
    body='\n  '.join(p)
    open(f'media/walkthrough/{n}.svg','w').write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" fill="none" stroke-width="5" stroke-linecap="round" stroke-linejoin="round">\n  {body}\n</svg>\n')
