"""Programs that read other programs: a calculator, the module ast, eval with little, templates, arguments."""

import argparse
import ast
import io
import operator
import shlex
import string
import tokenize

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.USub: operator.neg}


def _calculate(node):
    match node:
        case ast.Expression(body):
            return _calculate(body)
        case ast.Constant(int() | float() as value):
            return value
        case ast.BinOp(left, op, right):
            return OPERATORS[type(op)](_calculate(left), _calculate(right))
        case ast.UnaryOp(op, operand):
            return OPERATORS[type(op)](_calculate(operand))
    raise ValueError(f"not allowed: {type(node).__name__}")


def calculator():
    return _calculate(ast.parse("-2 * (3 + 4) / 7", mode="eval"))


def calculator_refuses():
    return _calculate(ast.parse("__import__('os')", mode="eval"))


def literals():
    return ast.literal_eval("{'a': [1, 2.5, None], 'b': (True, -3)}")


def literals_refused():
    try:
        return ast.literal_eval("1 + len('a')")
    except ValueError as error:
        return str(error).partition("<")[0]


def dumped():
    return ast.dump(ast.parse("x = 1"), indent=None)


def unparsed():
    return ast.unparse(ast.parse("if a:\n  b(1,*c)\nelse: d=lambda x:x"))


def syntax_error():
    return compile("1 +", "given", "eval")


def indentation_error():
    return compile("if a:\nb", "given", "exec")


def executed():
    space = {"__builtins__": {"sum": sum}, "values": [1, 2, 3]}
    exec("total = sum(values)", space)
    return space["total"]


def executed_without_builtins():
    return eval("open('x')", {"__builtins__": {}})


def tokens():
    return [[tokenize.tok_name[token.type], token.string] for token in tokenize.generate_tokens(io.StringIO("x=1.5 # c").readline)][:4]


def templates():
    return [string.Template("$who owes $$${amount}").substitute(who="a", amount=5), string.Template("$x $y").safe_substitute(x=1)]


def missing_in_template():
    return string.Template("$missing").substitute()


def shell_words():
    return [shlex.split("a 'b c' \"d\\\" e\" f#g"), shlex.quote("it's"), shlex.join(["a b", "c"])]


def command_line():
    parser = argparse.ArgumentParser(prog="tool")
    parser.add_argument("file", nargs="+")
    parser.add_argument("-n", "--number", type=int, default=3)
    parser.add_argument("--flag", action="store_true")
    return vars(parser.parse_args(["a", "b", "-n", "5", "--flag"]))


def command_line_refused():
    argparse.ArgumentParser(prog="tool").parse_args(["--unknown"])
