"""The keys of the Draw mode, in as many words as there is room for."""

KEYS = """\
[b]arrows[/] move, [b]home end pgup pgdn[/] go diagonally, [b]enter[/] lowers the pen, \
[b]w[/] width, [b]e[/] eraser, [b]u[/] undo, [b]c[/] clear, [b]d[/] keep it as data, [b]p[/] why, \
[b]o[/] open a picture, [@click=screen.sets][b]m[/b] symbols of your own[/]"""

FEW_KEYS = """\
[b]arrows home end pgup pgdn[/] move, [b]v[/] what it sees, [b]e[/] eraser
[b]u[/] undo, [b]d[/] keep, [b]p[/] why, [b]o[/] picture, [@click=screen.sets]\
[b]m[/b] own symbols[/]"""

MANY_KEYS = """\
[b]draw[/]     drag the mouse; or [b]enter[/] lowers the pen, the [b]arrows[/] move it
         ([b]home end pgup pgdn[/] diagonally, [b]shift[/] three pixels)
[b]pen[/]      [b]w[/] width, [b]e[/] eraser or the right button, [b]u[/] undo, [b]c[/] clear
[b]keep[/]     [b]d[/] puts it into a data set of your own, with its true digit
[b]misread[/]  [b]p[/] tells why, and corrects it
[b]picture[/]  [b]o[/] opens a file and finds the digits in it
[b]symbols[/]  [@click=screen.sets][b]m[/b] makes a set of your own classes and draws for it[/]"""
