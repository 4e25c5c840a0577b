from capsule import task


@task(name="shout")
def shout(text):
    return text.upper()
