def main(language):
    with open("/private/key.txt") as file:
        return file.read()
