def main(language):
    while True:
        pass
